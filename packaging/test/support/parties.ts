/** What two processes of any runtimes must be able to do with each other. Each runs packaging/test/programs/party.mjs. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Process } from './process.js';
import { Project, repository } from './project.js';

/** A name of a runtime, and the command that runs a program in it. Filled before the tests run. */
export type Commands = Record<string, readonly string[]>;

export class Parties {
	readonly project: Project;
	readonly commands: Commands = { Node: [process.execPath] };
	#names = 0;

	constructor(name: string) {
		this.project = new Project(name, {
			'party.mjs': readFileSync(repository('packaging/test/programs/party.mjs'), 'utf8'),
		});
	}

	install(): Promise<void> {
		return this.project.install(['rxjs@7.8.2', 'ix@7.0.0']);
	}

	/** A channel that no other test has. */
	fresh(name: string): string {
		return `party-${process.pid}-${name}-${++this.#names}`;
	}

	started(runtime: string, ...args: readonly string[]): Process {
		const command = this.commands[runtime];
		if (command === undefined) throw new Error(`there is no command for ${runtime}`);
		return new Process([...command, ...args], this.project.folder);
	}

	party(runtime: string, role: string, channel: string): Process {
		return this.started(runtime, 'party.mjs', role, channel);
	}
}

/** Ended by itself, without an error, after these lines. */
export const said = (...lines: readonly string[]) => ({ status: 0, lines, errors: '' });

export function checkPair(parties: Parties, from: string, to: string): void {
	describe(`from ${from} to ${to}`, () => {
		test('iterables, observables, streams and blocking calls get everything, and both processes end by themselves', async () => {
			const name = parties.fresh('faces');
			const [writer, reader] = [parties.party(from, 'write', name), parties.party(to, 'read', name)];
			const sum = 2_001_000;
			const sums = { iterable: sum, observable: sum, stream: sum, blocking: sum };
			expect(await reader.finished()).toEqual(said(JSON.stringify(sums)));
			expect(await writer.finished()).toEqual(said('written'));
		});

		test('requests are answered', async () => {
			const name = parties.fresh('service');
			const [client, server] = [parties.party(from, 'ask', name), parties.party(to, 'serve', name)];
			expect(await client.finished()).toEqual(said('[{"twice":2},{"twice":4},{"twice":6}]'));
			expect(await server.finished()).toEqual(said('serves'));
		});

		test('a process that is killed has died, and what it wrote arrives', async () => {
			const name = parties.fresh('killed');
			const [held, mourner] = [parties.party(from, 'hold', name), parties.party(to, 'mourn', name)];
			await held.line('holds');
			await mourner.line('read 7');
			held.kill();
			expect(await mourner.finished()).toEqual(said('read 7', `died ${held.pid}`));
		});

		test('a process that calls process.exit has closed', async () => {
			const name = parties.fresh('left');
			const [leaver, mourner] = [parties.party(from, 'leave', name), parties.party(to, 'mourn', name)];
			expect(await leaver.finished()).toEqual(said());
			expect(await mourner.finished()).toEqual(said(`closed ${leaver.pid}`));
		});
	});
}

export function checkWorkers(parties: Parties, runtime: string): void {
	test(`workers of ${runtime}: one reads to the end, another is terminated and leaves with a goodbye`, async () => {
		const ended = await parties.party(runtime, 'workers', parties.fresh('workers')).finished();
		expect(ended).toEqual(said('terminated closed', 'sum 2001000'));
	});
}
