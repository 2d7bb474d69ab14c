/** One side of a session, in a process or thread of its own. It gets its task as JSON and its orders as messages. */
import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { contestantNamed } from '../contestants/all.js';
import type { Calling, Contestant, Partner, Receiving, Sending } from '../contestants/types.js';
import { type Assignment, isControl, type Order, type Told } from './control.js';
import { LatencyRecorder } from './latency-recorder.js';
import { meterOf, now } from './meter.js';

const assignment: Assignment = JSON.parse(isMainThread ? (process.argv[2] ?? '') : workerData);
const { contestant: name, side, index, spec } = assignment;
const me = { index, partner: {} as Partner };
let told: 'nothing' | 'failed' = 'nothing';

process.on('disconnect', () => process.exit(0));
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);

try {
	const contestant = contestantNamed(name);
	const answer = side === 'receive' ? await receiving(contestant) : await sending(contestant);
	listen((order) => void answer(order).catch(fail));
	tell({ type: 'ready' });
} catch (error) {
	fail(error);
}

async function receiving(contestant: Contestant): Promise<(order: Order) => Promise<void>> {
	const sender = startPartner(contestant);
	const meter = meterOf(spec);
	const open: Receiving | undefined =
		spec.kind === 'one-way' ? await contestant.receive?.(spec, meter, me) : await contestant.echo?.(spec, me);
	if (open === undefined) throw new Error(`${contestant.name} takes no part in ${spec.kind} trials`);
	await sender;
	return async (order) => {
		if (order.type === 'send') tellPartner(order);
		if (order.type !== 'expect') return;
		const received = spec.kind === 'one-way' ? meter.expect(order.count) : undefined;
		const cpu = process.cpuUsage();
		await open.expect?.(order.count, order.run);
		tell({ type: 'expecting' });
		open.serve?.(order.count);
		if (received !== undefined) tell({ type: 'received', ...(await received) });
		else if (open.serve !== undefined) {
			const { user, system } = process.cpuUsage(cpu);
			const nothing = { messages: order.count, bytes: 0, checksum: 0, endedAt: now() };
			tell({ type: 'received', ...nothing, cpuMicros: user + system });
		}
	};
}

async function sending(contestant: Contestant): Promise<(order: Order) => Promise<void>> {
	if (spec.kind === 'one-way') {
		const open: Sending | undefined = await contestant.send?.(spec, me);
		if (open === undefined) throw new Error(`${contestant.name} takes no part in one-way trials`);
		return (order) => timed(order, (count, run) => open.send(count, run));
	}
	const open: Calling | undefined = await contestant.call?.(spec, me);
	if (open === undefined) throw new Error(`${contestant.name} takes no part in round trips`);
	const recorder = new LatencyRecorder();
	const work = open.callSync === undefined ? callAll : callAllSync;
	return (order) => timed(order, (count, _run, pauseMs) => work(open, count, pauseMs, recorder), recorder);
}

async function callAll(open: Calling, count: number, pauseMs: number, recorder: LatencyRecorder): Promise<void> {
	for (let done = 0; done < count; done++) {
		if (pauseMs > 0) await sleep(pauseMs);
		const start = process.hrtime.bigint();
		await open.call?.();
		recorder.record(process.hrtime.bigint() - start);
	}
}

async function callAllSync(open: Calling, count: number, pauseMs: number, recorder: LatencyRecorder): Promise<void> {
	const bed = new Int32Array(new SharedArrayBuffer(4));
	for (let done = 0; done < count; done++) {
		if (pauseMs > 0) Atomics.wait(bed, 0, 0, pauseMs);
		const start = process.hrtime.bigint();
		open.callSync?.();
		recorder.record(process.hrtime.bigint() - start);
	}
}

async function timed(
	order: Order,
	work: (count: number, run: number, pauseMs: number) => Promise<void>,
	recorder?: LatencyRecorder,
): Promise<void> {
	if (order.type !== 'send') return;
	const { count, run, warmUp } = order;
	recorder?.begin(warmUp);
	const cpu = process.cpuUsage();
	const startedAt = now();
	await work(count, run, warmUp ? 0 : spec.pauseMs);
	const endedAt = now();
	const { user, system } = process.cpuUsage(cpu);
	const common = { type: 'sent', startedAt, endedAt, cpuMicros: user + system } as const;
	tell(recorder === undefined ? common : { ...common, latency: recorder.latency() });
}

/** Starts the sender, for contestants whose receiver does so, and forwards its messages. Resolves when it is connected. */
async function startPartner(contestant: Contestant): Promise<void> {
	if (contestant.place === undefined || contestant.place === 'processes') return;
	const json = JSON.stringify({ ...assignment, side: 'send' } satisfies Assignment);
	const here = fileURLToPath(import.meta.url);
	let partner: ChildProcess | Worker;
	if (contestant.place === 'threads') {
		partner = new Worker(here, { workerData: json });
		Object.assign(me.partner, { worker: partner });
	} else {
		partner = fork(here, [json], {
			serialization: contestant.serialization ?? 'json',
			stdio:
				contestant.stdio === true ? ['pipe', 'pipe', 'inherit', 'ipc'] : ['ignore', 'ignore', 'inherit', 'ipc'],
		});
		Object.assign(me.partner, { child: partner });
	}
	await new Promise<void>((resolve, reject) => {
		partner.on('error', reject);
		partner.on('exit', (code: number | null) => reject(new Error(`the sender ended with ${code}`)));
		partner.on('message', (message: unknown) => {
			if (!isControl<Told>(message)) return;
			if (message.type === 'ready') resolve();
			else if (message.type === 'failed') reject(new Error(message.reason));
			else if (message.type === 'sent') tell(message);
		});
	});
}

function tellPartner(order: Order): void {
	me.partner.child?.send(order);
	me.partner.worker?.postMessage(order);
}

function listen(take: (order: Order) => void): void {
	const heard = (message: unknown) => {
		if (isControl<Order>(message)) take(message);
	};
	if (parentPort !== null) parentPort.on('message', heard);
	else process.on('message', heard);
}

function tell(message: Told): void {
	if (parentPort !== null) parentPort.postMessage(message);
	else process.send?.(message);
}

function fail(error: unknown): void {
	if (told === 'failed') return;
	told = 'failed';
	tell({ type: 'failed', reason: error instanceof Error ? error.message : String(error) });
}
