import type { CAC } from 'cac';
import { RingwireError } from '../base/errors.js';
import { describePeer } from '../base/peer.js';
import { openReader } from '../reader/reader.js';
import type { Reader } from '../reader/types.js';
import { firstPeer, watchRefusals } from './first-peer.js';
import { formatPlural } from './format.js';
import { interruption } from './interruption.js';
import { addChannelOptions, type ChannelOptions, channelOptions, choice, type Given } from './options.js';
import { writeOutput } from './output.js';
import { Progress } from './progress.js';

interface ReadOptions extends ChannelOptions {
	readonly from: 'oldest' | 'newest' | undefined;
	readonly lossy: boolean;
	readonly follow: boolean;
}

export function addRead(cli: CAC): void {
	addChannelOptions(cli.command('read <name>', 'Print what the writers of a channel send'))
		.option('--from <where>', 'Begin with the oldest message that is still there, or with the newest to come', {
			default: 'oldest',
		})
		.option('--lossy', 'Hold no writer back; what was lost is counted')
		.option('--follow', 'Stay when the last writer has left without saying that this was all')
		.example((bin) => `  ${bin} read photos | tar x`)
		.action((name: string, given: Given) =>
			read({
				...channelOptions(name, given),
				from: choice(given, 'from', ['oldest', 'newest']),
				lossy: given.lossy === true,
				follow: given.follow === true,
			}),
		);
}

/** Ends well when every writer has said that this was all, and everything has been printed. */
async function read({ channel, lines, quiet, waitMs, from, lossy, follow }: ReadOptions): Promise<void> {
	const interrupted = interruption();
	const failed = new AbortController();
	const fail = (error: Error) => failed.abort(error);
	const signal = AbortSignal.any([interrupted, failed.signal]);
	const reader = openReader(channel, { from, lossy });
	const progress = new Progress(reader, { quiet, peerNoun: 'writer', otherEnd: process.stdout });
	process.stdout.on('error', fail);
	try {
		watchRefusals(reader, progress, fail);
		const writers = new Writers(reader, follow, progress, fail);
		if (waitMs !== undefined) await firstPeer(reader, waitMs, signal);
		for (;;) {
			// The signal ends the waiting, not the reader: it may abort while a message is in our hands, which is to be printed.
			const message = await reader.read({ signal });
			if (message === undefined) break;
			await writeOutput([message, ...reader.readBatch()], lines);
		}
		writers.throwIfIncomplete();
	} finally {
		await reader.close();
		const { lost } = reader.stats;
		if (lost > 0) progress.note(`${formatPlural(lost, 'message')} lost`);
		progress.stop();
	}
}

/** Notes who writes, and whether they say that they are done. What a writer published has been read when its `disconnect` comes. */
class Writers {
	#incomplete: RingwireError | undefined;

	constructor(reader: Reader<Uint8Array>, follow: boolean, progress: Progress, fail: (error: Error) => void) {
		reader.on('disconnect', ({ peer, reason, ended }) => {
			if (!ended) {
				const what = `${describePeer(peer)} ${reason === 'closed' ? 'left' : 'died'} without having said that this was all`;
				if (follow || reader.peers.length > 0) progress.note(what);
				this.#incomplete ??= new RingwireError('ERR_RINGWIRE_PEER_DIED', what, { peer });
			}
			if (!follow && reader.peers.length === 0 && this.#incomplete !== undefined) fail(this.#incomplete);
		});
		reader.on('shutdown', ({ peer }) => {
			const what = `${describePeer(peer)} shut the channel down before every writer had said that this was all`;
			this.#incomplete ??= new RingwireError('ERR_RINGWIRE_PEER_DIED', what, { peer });
		});
	}

	throwIfIncomplete(): void {
		if (this.#incomplete !== undefined) throw this.#incomplete;
	}
}
