import { type ChannelEvent, listChannels } from 'ringwire';
import { channelEvents } from 'ringwire/observables';
import { describe, expect, it } from 'vitest';
import { ChildPeer } from './support/child-peer.js';
import { numbers, readerOf, tiny, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { until } from './support/until.js';

useTemporaryFolder();

const restarts = 4;

function record(handle: Parameters<typeof channelEvents>[0]) {
	const events: ChannelEvent[] = [];
	channelEvents(handle).subscribe((event) => events.push(event));
	return events;
}

/** Every arrival was another peer, with another pid, and each was seen to die. */
function expectLives(events: readonly ChannelEvent[], role: string): void {
	const arrivals = events.flatMap((event) => (event.type === 'connect' ? [event.peer] : []));
	const departures = events.filter(({ type }) => type === 'disconnect');
	expect(events.length).toBe(arrivals.length + departures.length);
	expect(new Set(arrivals.map(({ id }) => id)).size).toBe(restarts);
	expect(new Set(arrivals.map(({ pid }) => pid)).size).toBe(restarts);
	expect(arrivals.every((peer) => peer.role === role)).toBe(true);
	expect(departures).toEqual(arrivals.map((peer) => ({ type: 'disconnect', peer, reason: 'died', ended: false })));
}

describe('SIGKILL and restart', () => {
	it('a writer that comes back is a new peer, and the reader goes on with everything that each of its lives published', async () => {
		const channel = numbers();
		const reader = readerOf(channel);
		const events = record(reader);
		const read: (number | undefined)[] = [];
		for (let life = 0; life < restarts; life++) {
			const child = new ChildPeer();
			await child.ask({ do: 'open writer', name: channel.name, connected: true });
			await child.ask({ do: 'write', from: 100 * life, count: 100 });
			await child.kill();
			// Not read before it is dead; the last ones while the next life has begun already.
			for (let i = 0; i < 100; i++) read.push(await reader.read());
		}
		const waiting = reader.read();
		await until(() => events.length === 2 * restarts);
		expect(read).toEqual([...Array(100 * restarts).keys()]);
		expectLives(events, 'writer');
		expect(reader.stats).toMatchObject({ messages: 100 * restarts, lost: 0, peers: [] });
		// Of the dead nothing is left but what is ours.
		expect(listChannels({ timeoutMs: 0 }).flatMap(({ endpoints }) => endpoints.map(({ role }) => role))).toEqual([
			'reader',
		]);
		writerOf(channel).tryWrite(-1);
		expect(await waiting).toBe(-1);
	});

	it('a reader that comes back is a new peer, and the writer goes on with what the dead one had not read', async () => {
		const channel = numbers({ ...tiny, depth: 256 });
		const writer = writerOf(channel);
		const events = record(writer);
		let written = 0;
		const writing = (async () => {
			while (written < 400) await writer.write(written++);
		})();
		const lives: (readonly number[])[] = [];
		for (let life = 0; life < restarts; life++) {
			const child = new ChildPeer();
			await child.ask({ do: 'open reader', name: channel.name, connected: true });
			lives.push((await child.ask({ do: 'read', count: 50 })) as number[]);
			await child.kill();
			await until(() => events.length === 2 * (life + 1));
		}
		expectLives(events, 'reader');
		const last = readerOf(channel);
		const rest: number[] = [];
		while (rest.at(-1) !== 399) {
			const message = await last.read();
			if (message !== undefined) rest.push(message);
		}
		await writing;
		// A life may have died before it reported the messages that it had taken. None is skipped: each life begins at the last reported message of the one before.
		let known = 0;
		for (const life of [...lives, rest]) {
			const [first = -1] = life;
			expect(first).toBeLessThanOrEqual(known);
			expect(life).toEqual(life.map((_, index) => first + index));
			known = first + life.length;
		}
		expect(known).toBe(400);
	});
});
