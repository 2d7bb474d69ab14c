/**
 * The contract of lib-native/platform/event_loop.h and wake_source.h, for every loop and every host.
 *
 * A law that expects no call rings another source after it, and waits for that one twice: a call of the first would have come by then.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { counted, descriptors, equal, settle, until, withResolvers } from './calls.js';
import { attach, type Bell, type Loop } from './kit.js';

export interface Law {
	readonly name: string;
	check(loop: Loop, loopName: string): Promise<void> | void;
}

export const laws: readonly Law[] = [
	{
		name: 'a source that nothing rings is not called',
		async check(loop) {
			let calls = 0;
			attach(loop, () => calls++);
			await settle(loop);
			equal(calls, 0);
		},
	},
	{
		name: 'a ring of an idle source calls once',
		async check(loop) {
			const calls = counted(loop);
			for (let rings = 1; rings <= 20; rings++) {
				if (rings % 2 === 0) calls.bell.ring();
				else calls.bell.ringFromThread(1); // mostly when the loop blocks already
				await calls.reach(rings);
				await settle(loop);
				equal(calls.count, rings);
			}
		},
	},
	{
		name: 'rings before the loop turns are one call',
		async check(loop) {
			const calls = counted(loop);
			for (let rings = 0; rings < 3; rings++) calls.bell.ring();
			await calls.reach(1);
			await settle(loop);
			equal([calls.count, calls.taken], [1, 3]);
		},
	},
	{
		name: 'a source is called again until its set is not ready any more',
		async check(loop) {
			let calls = 0;
			const { promise, resolve } = withResolvers();
			const bell = attach(loop, () => {
				calls++;
				if (calls < 5) return;
				bell.take();
				resolve();
			});
			bell.ring();
			await promise;
			await settle(loop);
			equal(calls, 5);
		},
	},
	{
		name: 'a ring from within the call calls again',
		async check(loop) {
			const calls = counted(loop, ({ bell, taken }) => taken < 1000 && bell.ring());
			calls.bell.ring();
			await calls.reach(1000);
			equal(calls.taken, 1000);
		},
	},
	{
		name: 'no ring of another thread is lost',
		async check(loop) {
			for (let round = 1; round <= 20; round++) {
				const { promise, resolve } = withResolvers();
				let taken = 0;
				const bell = attach(loop, () => {
					taken += bell.take();
					if (taken === 500) resolve();
				});
				bell.ringFromThread(500);
				await promise;
				bell.detach();
			}
		},
	},
	{
		name: 'each of many sources is called for its own rings',
		async check(loop) {
			const sources = Array.from({ length: 200 }, () => counted(loop));
			for (const { bell } of sources) bell.ring();
			await Promise.all(sources.map((source) => source.reach(1)));
			await settle(loop);
			equal(
				sources.map(({ count, taken }) => [count, taken]),
				sources.map(() => [1, 1]),
			);
		},
	},
	{
		name: 'a source with a ring for every turn does not starve others',
		async check(loop) {
			const busy = attach(loop, () => {}); // always ready
			busy.ring();
			const calls = counted(loop);
			for (let rings = 1; rings <= 20; rings++) {
				calls.bell.ring();
				await calls.reach(rings);
				await turn();
			}
		},
	},
	{
		name: 'an alarm calls when it is due, not before',
		async check(loop) {
			const calls = counted(loop);
			const begin = process.hrtime.bigint();
			calls.bell.setAlarm(20);
			await calls.reach(1);
			equal(process.hrtime.bigint() - begin >= 20_000_000n, true);
			calls.bell.setAlarm(0);
			await calls.reach(2);
			equal(calls.taken, 2);
		},
	},
	{
		name: 'no source is called after it was detached, though it was ready',
		async check(loop) {
			let calls = 0;
			const bell = attach(loop, () => calls++);
			bell.ring();
			bell.detach();
			await settle(loop);
			equal(calls, 0);
		},
	},
	{
		name: 'a source can be detached in its own call',
		async check(loop) {
			const calls = counted(loop, ({ bell }) => bell.detach());
			calls.bell.ring();
			calls.bell.ring();
			await calls.reach(1);
			await settle(loop);
			equal(calls.count, 1);
		},
	},
	{
		name: 'a source that is ready in the same turn can be detached in the call of another',
		async check(loop) {
			for (let round = 0; round < 50; round++) {
				let calls = 0;
				const bells: Bell[] = [];
				const onReady = () => {
					calls++;
					for (const bell of bells) bell.detach();
				};
				for (let count = 0; count < 5; count++) bells.push(attach(loop, onReady));
				for (const bell of bells) bell.ring();
				await settle(loop);
				equal(calls, 1);
			}
		},
	},
	{
		name: 'a source can be attached in a call, and in place of one that was detached',
		async check(loop) {
			const { promise, resolve } = withResolvers();
			let links = 0;
			const attachNext = () => {
				const bell = attach(loop, () => {
					bell.detach();
					links++;
					if (links === 200) resolve();
					else attachNext();
				});
				bell.ring();
			};
			attachNext();
			await promise;
			await settle(loop);
			equal(links, 200);
		},
	},
	{
		name: 'sources that come and go leave nothing behind',
		async check(loop) {
			const churn = async () => {
				for (let round = 0; round < 20; round++) {
					const bells = Array.from({ length: 10 }, () => attach(loop, () => {}));
					for (const bell of bells) bell.ring();
					for (const bell of bells) bell.detach();
					await turn();
				}
				await settle(loop);
				return descriptors();
			};
			const before = await churn();
			equal(await churn(), before);
			equal(loop.attachedSources(), 0);
		},
	},
	{
		name: 'a loop with turns calls in each turn while it is asked to, beside everything else',
		async check(loop) {
			if (!loop.hasTurns) return;
			let turns = 0;
			let wanted = Number.POSITIVE_INFINITY;
			const calls = counted(
				loop,
				() => {},
				({ bell }) => {
					turns++;
					if (turns >= wanted) bell.callEachTurn(false);
				},
			);
			calls.bell.callEachTurn(true);
			await until(() => turns >= 10);
			calls.bell.ring();
			await calls.reach(1);
			const before = turns;
			await until(() => turns >= before + 10);
			wanted = turns + 3;
			await until(() => turns >= wanted);
			await settle(loop);
			equal(turns, wanted);
		},
	},
	{
		name: 'a source can be detached in its call of a turn',
		async check(loop) {
			if (!loop.hasTurns) return;
			let turns = 0;
			const bell = attach(
				loop,
				() => {},
				() => {
					turns++;
					bell.detach();
				},
			);
			bell.callEachTurn(true);
			await until(() => turns > 0);
			await settle(loop);
			equal(turns, 1);
		},
	},
	{
		name: 'a blocking call sees the rings while the loop is suspended, and what it leaves is reported afterwards',
		async check(loop) {
			const calls = counted(loop);
			for (let round = 1; round <= 200; round++) {
				loop.suspend();
				calls.bell.ringFromThread(1);
				equal(calls.bell.block(), true);
				if (round % 2 === 0) equal(calls.bell.take(), 1);
				loop.resume();
				if (round % 2 === 1) await calls.take((round + 1) / 2);
			}
			await settle(loop);
			equal(calls.taken, 100);
		},
	},
	{
		name: 'a blocking call can be made in a call, with other sources ready',
		async check(loop) {
			const other = counted(loop);
			const calls = counted(loop, ({ bell, taken }) => {
				if (taken > 1) return;
				other.bell.ring();
				loop.suspend();
				bell.ringFromThread(1);
				bell.block();
				loop.resume();
			});
			calls.bell.ring();
			await Promise.all([calls.take(2), other.take(1)]);
		},
	},
	{
		name: 'an environment ends with its sources attached, ready, in a call, and while other threads ring',
		async check(loop, loopName) {
			const own = counted(loop);
			const round = async () => {
				for (const state of ['idle', 'ready', 'called', 'rung', 'turning', 'unreferenced', 'none']) {
					for (const end of ['exit', 'terminate'] as const) {
						const worker = new Worker(new URL('./worker.js', import.meta.url), {
							workerData: { loopName, state, end },
						});
						const ended = new Promise((resolve) => worker.once('exit', resolve));
						worker.once('message', () => {
							if (end === 'terminate') void worker.terminate();
						});
						await ended;
						// Deno reports the end of a worker before it tears the environment down.
						await until(() => loop.attachedSources() === 1);
					}
				}
			};
			await round();
			const before = descriptors();
			await round();
			await until(() => descriptors() <= before);
			own.bell.ring();
			await own.reach(1);
		},
	},
];
