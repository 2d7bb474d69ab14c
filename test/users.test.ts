/** Two users on one channel: those of a common group may, if it is defined so, and no other user. */
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, type TestContext, test } from 'vitest';
import { ChildPeer } from './support/child-peer.js';
import { asUser, enclosed, needed } from './support/surroundings.js';
import { uniqueName } from './support/unique-name.js';

const [alice, bob, group, others] = [41_001, 41_002, 42_000, 42_001];

/** A place that all users can write to, like /tmp, without a run-time folder yet. */
function commonPlace(): NodeJS.ProcessEnv {
	const place = mkdtempSync(join(tmpdir(), 'ringwire-test-'));
	chmodSync(place, 0o1777);
	onTestFinished(() => rmSync(place, { recursive: true, force: true }));
	return { ...process.env, RINGWIRE_DIR: join(place, 'run') };
}

function peerOf(context: TestContext, user: number, env: NodeJS.ProcessEnv, of = group): ChildPeer {
	return new ChildPeer({ through: needed(context, asUser(user, of)), env });
}

describe('two users of one group, on a channel that is defined for it', () => {
	test.for([
		['at the same moment', true],
		['one after the other', false],
	] as const)(
		'find each other when they are opened %s, and name the user of the other one',
		async ([, together], context) => {
			const name = uniqueName();
			const env = commonPlace();
			const writer = peerOf(context, alice, env);
			const reader = peerOf(context, bob, env);
			const first = writer.ask({ do: 'open writer', name, group, connected: together });
			if (!together) await first;
			await Promise.all([first, reader.ask({ do: 'open reader', name, group, connected: true })]);
			await writer.ask({ do: 'write', from: 0, count: 50 });
			expect(await reader.ask({ do: 'read', count: 50 })).toEqual([...Array(50).keys()]);
			expect(await writer.ask({ do: 'peers' })).toEqual([{ pid: reader.pid, uid: bob }]);
			expect(await reader.ask({ do: 'peers' })).toEqual([{ pid: writer.pid, uid: alice }]);
		},
	);

	test('one is killed: the other one goes on with the next, and tidies up behind both', async (context) => {
		const name = uniqueName();
		const env = commonPlace();
		const reader = peerOf(context, bob, env);
		await reader.ask({ do: 'open reader', name, group });
		for (let life = 0; life < 3; life++) {
			const writer = peerOf(context, alice, env);
			await writer.ask({ do: 'open writer', name, group, connected: true });
			await writer.ask({ do: 'write', from: life, count: 1 });
			await writer.kill();
			expect(await reader.ask({ do: 'read', count: 1 })).toEqual([life]);
		}
		await reader.ask({ do: 'close' });
		expect(readdirSync(env.RINGWIRE_DIR ?? '')).toEqual([]);
	});
});

describe('without permission', () => {
	test('a user outside of the group is refused', async (context) => {
		const name = uniqueName();
		const env = commonPlace();
		await peerOf(context, alice, env).ask({ do: 'open writer', name, group });
		const stranger = peerOf(context, bob, env, others);
		await expect(stranger.ask({ do: 'open reader', name, group })).rejects.toThrow(/EACCES|Permission|permission/);
	});

	test('a user of the group is refused on channels that are not defined for it', async (context) => {
		const env = commonPlace();
		await peerOf(context, alice, env).ask({ do: 'open writer', name: uniqueName() });
		const other = enclosed('ways', { through: needed(context, asUser(bob, group)), env });
		const access = 'ERR_RINGWIRE_ACCESS';
		expect(other).toMatchObject({ openWriter: access, openReader: access, listen: access, listChannels: access });
	});
});
