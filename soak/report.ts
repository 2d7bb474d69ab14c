/** The table at the end of a soak, and whether the survivor holds more than it did. */
import type { Conductor } from './conductor.js';
import type { Holdings } from './protocol.js';

/** A margin for V8's heap and the allocator. Shared memory that is not released shows exactly in the mappings. */
const rssGrowthMax = 48 * 1024 * 1024;

export interface Outcome {
	readonly seed: number;
	readonly seconds: number;
	readonly conductor: Conductor;
	readonly before: Holdings;
	readonly after: Holdings;
	readonly left: readonly string[];
}

/** The resources that must not grow, measured before and after, with the survivor alone on its channels. */
export function* grown(before: Holdings, after: Holdings): Generator<string> {
	const [has, had] = [after.descriptors.join(' '), before.descriptors.join(' ')];
	if (has !== had) yield `the survivor has other descriptors than before:\n  ${has}\n  ${had}`;
	if (after.mappings !== before.mappings) {
		yield `the survivor has ${after.mappings} mappings, it had ${before.mappings}`;
	}
	const growth = after.rssBytes - before.rssBytes;
	if (growth > rssGrowthMax) yield `the survivor's memory has grown by ${megabytes(growth)}`;
}

export function printTable({ seed, seconds, conductor, before, after, left }: Outcome): void {
	const { counts, deeds } = conductor;
	const rows: readonly (readonly [string, string | number])[] = [
		['seed', String(seed)],
		['seconds', seconds.toFixed(0)],
		['processes started', deeds.started],
		['killed', deeds.killed],
		['  before they were open', deeds.killedStarting],
		['  while stopped', deeds.killedStopped],
		['stopped and continued', deeds.stopped],
		['closed', deeds.closed],
		['  by the termination of their worker first', deeds.terminated],
		['rounds in which all connected and read all messages', deeds.rounds],
		['rounds beside a stopped process', deeds.roundsBesideStopped],
		['late joins', deeds.lateJoins],
		['  with a writer stopped in the middle', deeds.lateJoinsStopped],
		['  messages', deeds.lateMessages],
		['shutdowns', deeds.shutDowns],
		['  endpoints that they ended', counts.shutDown],
		['  messages to a reader not yet reached', counts.receivedAcrossShutdown],
		['links', counts.links],
		['disconnects: closed', counts.partedClosed],
		['disconnects: died', counts.partedDied],
		['ends of writers compared with their diary', counts.endsChecked],
		['messages published', counts.published],
		['messages dropped by a full drop-newest lane', counts.dropped],
		['messages received and checked', counts.received],
		['  of these empty', counts.receivedEmpty],
		['megabytes received', Math.round(counts.receivedBytes / 1e6)],
		['messages by time behind their cause', counts.causesChecked],
		['requests answered', counts.requestsAnswered],
		['  failed by their handler', counts.requestsFailed],
		['  cancelled by their client', counts.requestsCancelled],
		['  rejected at the end of their connection', counts.requestsOrphaned],
		['losses reported: messages', counts.lost],
		['losses reported: events', counts.lossEvents],
		['survivor: descriptors before, after', `${before.descriptors.length}, ${after.descriptors.length}`],
		['survivor: mappings before, after', `${before.mappings}, ${after.mappings}`],
		['survivor: resident before, after', `${megabytes(before.rssBytes)}, ${megabytes(after.rssBytes)}`],
		['survivor: heap before, after', `${megabytes(before.heapBytes)}, ${megabytes(after.heapBytes)}`],
		['survivor: external before, after', `${megabytes(before.externalBytes)}, ${megabytes(after.externalBytes)}`],
		['names and processes left behind', left.length],
	];
	for (const [what, value] of rows) {
		const shown = typeof value === 'number' ? value.toLocaleString('en-US') : value;
		console.log(`${what.padEnd(46)}${shown.padStart(22)}`);
	}
}

function megabytes(bytes: number): string {
	return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}
