import type { CAC } from 'cac';
import { truncationError } from '../base/departure-error.js';
import { channelError, type RingwireError } from '../base/errors.js';
import { describePeer } from '../base/peer.js';
import type { Lease } from '../reader/lease.js';
import { openReader } from '../reader/reader.js';
import type { Reader } from '../reader/types.js';
import type { Until } from '../reader/until.js';
import { formatPlural } from './format.js';
import { interruption } from './interruption.js';
import { addChannelOptions, type ChannelOptions, channelOptions, choice, count, type Given } from './options.js';
import { writeOutput } from './output.js';
import { Progress } from './progress.js';
import { watchRefusals } from './watch-refusals.js';

interface ReadOptions extends ChannelOptions {
	readonly from: 'oldest' | 'newest' | undefined;
	readonly lossy: boolean;
	readonly until: Until;
}

export function addRead(cli: CAC): void {
	addChannelOptions(cli.command('read <name>', 'Print the messages of a channel'))
		.option(
			'--from <where>',
			'Start with the oldest message in the ring, or with the newest, which is the next one',
			{
				default: 'oldest',
			},
		)
		.option('--lossy', 'Hold no writer back; lost messages are counted')
		.option('--follow', 'Stay until Ctrl-C, while writers come, go and die')
		.option('--writers <count>', 'End when at least so many writers have ended, and all that are connected')
		.example((bin) => `  ${bin} read photos | tar x`)
		.action((name: string, given: Given) =>
			read({
				...channelOptions(name, given),
				from: choice(given, 'from', ['oldest', 'newest']),
				lossy: given.lossy === true,
				until: untilOf(given),
			}),
		);
}

function untilOf(given: Given): Until {
	const writers = count(given, 'writers');
	if (given.follow !== true) return writers === undefined ? 'ended' : { writers };
	if (writers !== undefined) throw new TypeError('--writers: has no effect with --follow, which never ends');
	return 'closed';
}

/** Succeeds when the reader has ended and everything is printed, unless a writer left or died without `end()`. */
async function read({ channel, lines, quiet, waitMs, from, lossy, until }: ReadOptions): Promise<void> {
	const interrupted = interruption();
	const failed = new AbortController();
	const fail = (error: Error) => failed.abort(error);
	const signal = AbortSignal.any([interrupted, failed.signal]);
	const reader = openReader(channel, { from, lossy, until });
	const progress = new Progress(reader, { quiet, peerNoun: 'writer', otherEnd: process.stdout });
	process.stdout.on('error', fail);
	try {
		const isNote = watchRefusals(reader, progress, until === 'closed' ? undefined : fail);
		const writers = new Writers(reader, until, progress, fail);
		if (waitMs !== undefined) await reader.whenConnected(1, { signal, timeoutMs: waitMs });
		for (;;) {
			// The signal ends the wait and not the reader: a message that was read before the abort is still printed.
			const lease = await nextLease(reader, signal, isNote);
			if (lease === undefined) break;
			// Small messages are written together. A large one is written from the ring.
			await writeOutput(lease.isCopy ? [lease.bytes, ...reader.readBatch()] : [lease.bytes], lines);
			lease.release();
		}
		writers.throwIfIncomplete();
	} finally {
		await reader.close();
		const { lost } = reader.stats;
		if (lost > 0) progress.note(`${formatPlural(lost, 'message')} lost`);
		progress.stop();
	}
}

/** As `reader.lease`; reads on after a refusal that is only a note. */
async function nextLease(
	reader: Reader<Buffer>,
	signal: AbortSignal,
	isNote: (error: unknown) => boolean,
): Promise<Lease<Buffer> | undefined> {
	for (;;) {
		try {
			return await reader.lease({ signal });
		} catch (error) {
			if (!isNote(error)) throw error;
		}
	}
}

/**
 * Watches how the writers leave. A writer that leaves or dies without `end()` fails the command: at once if no other writer
 * is connected, unless `until` lets the reader wait for another one; never when it is `'closed'`. The `disconnect` event
 * comes after everything that the writer had published.
 */
class Writers {
	readonly #follows: boolean;
	#incomplete: RingwireError | undefined;

	constructor(reader: Reader<Uint8Array>, until: Until, progress: Progress, fail: (error: Error) => void) {
		this.#follows = until === 'closed';
		const waitsForOthers = until !== 'ended';
		reader.on('disconnect', ({ peer, reason, ended }) => {
			if (!ended) {
				const what = `${describePeer(peer)} ${reason === 'closed' ? 'left' : 'died'} without end()`;
				if (waitsForOthers || reader.peers.length > 0) progress.note(what);
				this.#incomplete ??= truncationError(reader.name, peer, reason);
			}
			const isLast = !waitsForOthers && reader.peers.length === 0;
			if (isLast && this.#incomplete !== undefined) fail(this.#incomplete);
		});
		reader.on('shutdown', ({ peer }) => {
			const what = `${describePeer(peer)} shut the channel down before every writer had called end()`;
			this.#incomplete ??= channelError('ERR_RINGWIRE_PEER_DIED', reader.name, what, { peer });
		});
	}

	throwIfIncomplete(): void {
		if (!this.#follows && this.#incomplete !== undefined) throw this.#incomplete;
	}
}
