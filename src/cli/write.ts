import type { CAC } from 'cac';
import { channelError, type RingwireError } from '../base/errors.js';
import { describePeer, type Peer } from '../base/peer.js';
import type { Channel } from '../definition/channel.js';
import { openWriter } from '../writer/open-writer.js';
import type { Writer } from '../writer/types.js';
import { directInput } from './direct-input.js';
import { formatPlural } from './format.js';
import { inputLength, messagesFromInput } from './input.js';
import { interruption } from './interruption.js';
import { addChannelOptions, type ChannelOptions, channelOptions, type Given, size } from './options.js';
import { Progress } from './progress.js';
import { isChecked } from './raw-codec.js';
import { watchRefusals } from './watch-refusals.js';

/** Without limit: a reader that leaves, or Ctrl-C, ends the wait. */
const lingerMs = 2 ** 31 - 1;

export function addWrite(cli: CAC): void {
	addChannelOptions(cli.command('write <name>', 'Send standard input to the readers of a channel'))
		.option('--capacity <size>', 'Size of the ring in bytes: a power of two, 64k to 1g', { default: '4m' })
		.option('--depth <count>', 'Size of the ring in messages: a power of two, 2 to 1m', { default: '8k' })
		.option('--message-max <size>', 'Largest message in bytes, at most half of the capacity, which is the default')
		.example((bin) => `  tar c photos | ${bin} write photos`)
		.action((name: string, given: Given) => {
			const lane = {
				capacity: size(given, 'capacity'),
				depth: size(given, 'depth'),
				messageMax: size(given, 'message-max'),
			};
			return write(channelOptions(name, given, lane));
		});
}

/**
 * With `block` this is a pipe: it waits for a first reader, and succeeds when every reader has read everything. With another
 * policy it is a broadcast that goes on with or without readers.
 */
async function write({ channel, lines, quiet, waitMs }: ChannelOptions): Promise<void> {
	const lossless = channel.overflow === 'block';
	const interrupted = interruption();
	const failed = new AbortController();
	const signal = AbortSignal.any([interrupted, failed.signal]);
	const writer = openWriter(channel, { signal });
	const progress = new Progress(writer, {
		quiet,
		peerNoun: 'reader',
		otherEnd: process.stdin,
		bytesTotal: lines ? undefined : inputLength(),
	});
	const readers = new Readers(writer, lossless, progress, (error) => failed.abort(error));
	try {
		watchRefusals(writer, progress, (error) => failed.abort(error));
		if (lossless || waitMs !== undefined) await writer.whenConnected(1, { signal, timeoutMs: waitMs });
		const direct = lossless && !lines && !isChecked(channel.codec.id) ? directInput() : undefined;
		if (direct !== undefined) await direct(writer, channel.messageMax, signal);
		else {
			for await (const messages of messagesFromInput(lines, channel.messageMax, signal)) {
				await writeAll(writer, channel, messages, signal);
			}
		}
		writer.end();
		readers.allWritten();
		const { unread, readers: stillReading } = await writer.close({ lingerMs: lossless ? lingerMs : 0 });
		signal.throwIfAborted();
		if (lossless) return readers.throwIfIncomplete(unread);
		const dropped = writer.stats.dropped + (stillReading > 0 ? 0 : unread);
		if (dropped > 0) progress.note(`${formatPlural(dropped, 'message')} dropped`);
	} catch (error) {
		// The signal has closed the writer, and the error may be that of a closed writer: throw the reason of the signal.
		signal.throwIfAborted();
		throw error;
	} finally {
		writer[Symbol.dispose]();
		progress.stop();
	}
}

async function writeAll(
	writer: Writer<Uint8Array>,
	{ overflow }: Channel<Uint8Array>,
	messages: Uint8Array[],
	signal: AbortSignal,
): Promise<void> {
	let rest = messages.slice(writer.tryWriteBatch(messages));
	while (overflow === 'block' && rest[0] !== undefined) {
		await writer.write(rest[0], { signal });
		rest = rest.slice(1);
		rest = rest.slice(writer.tryWriteBatch(rest));
	}
}

/** With `block`: watches how the readers leave. A reader that leaves or dies before the end makes the transfer incomplete. */
class Readers {
	readonly #name: string;
	#allWritten = false;
	#died: RingwireError | undefined;

	constructor(writer: Writer<Uint8Array>, lossless: boolean, progress: Progress, fail: (error: Error) => void) {
		this.#name = writer.name;
		writer.on('shutdown', ({ peer }) => fail(this.#gone(`${describePeer(peer)} shut the channel down`, peer)));
		writer.on('disconnect', ({ peer, reason }) => {
			if (!lossless) return;
			const what = `${describePeer(peer)} ${reason === 'closed' ? 'left' : 'died'} before it had read everything`;
			const error = this.#gone(what, peer);
			if (reason !== 'closed') {
				this.#died ??= error;
				if (writer.peers.length > 0) progress.note(what);
			}
			if (writer.peers.length > 0) return;
			// The closing writer stops waiting then, and reports what that reader had not read.
			if (this.#allWritten) writer[Symbol.dispose]();
			else fail(this.#died ?? error);
		});
	}

	allWritten(): void {
		this.#allWritten = true;
	}

	throwIfIncomplete(unread: number): void {
		if (this.#died !== undefined) throw this.#died;
		if (unread > 0) {
			throw this.#gone(`the last reader left without reading ${formatPlural(unread, 'message')}`);
		}
	}

	#gone(what: string, peer?: Peer): RingwireError {
		return channelError('ERR_RINGWIRE_PEER_DIED', this.#name, what, { peer });
	}
}
