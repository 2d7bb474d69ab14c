import type { Waiting } from '../base/abort.js';
import { checkSignal, checkWaiting } from '../base/abort.js';
import { type BlockingOptions, BlockingWait } from '../base/blocking-wait.js';
import { checkLinger, checkOptions } from '../base/check.js';
import { departureError } from '../base/departure-error.js';
import { attempt, type RingwireError } from '../base/errors.js';
import type { DepartureReason, Peer } from '../base/peer.js';
import { TurnBudget } from '../base/turn-budget.js';
import { describeValue } from '../codecs/describe-value.js';
import type { Overflow } from '../definition/channel.js';
import { type Channel, checkChannel, nativeContract } from '../definition/channel.js';
import { type ChannelEventOf, dispatchAll } from '../endpoint/events.js';
import { EndpointHandle } from '../endpoint/handle.js';
import { type Opened, onWake, WakeLine } from '../endpoint/opened.js';
import { type NativeEvent, type NativeWriter, Wake, Written } from '../native/boundary.js';
import { loadAddon } from '../native/load.js';
import { BatchWriter } from './batch-writer.js';
import { Encoder } from './encoder.js';
import { laneSizes } from './lane-sizes.js';
import { ReadConfirmation } from './read-confirmation.js';
import { Space } from './space.js';
import type { CloseReport, Writer, WriterOptions } from './types.js';
import { writerKeys } from './types.js';
import { WriterClosing } from './writer-closing.js';

const lingerMsDefault = 1000;
const tooLargeRemedy = 'define it with a larger messageMax, or a larger capacity, of which that is at most half';
const busyRemedy = 'await it first, or use tryWrite or tryWriteBatch, which do not wait';

/**
 * Opens a writer of the channel, with a lane of its own; synchronous, in any order of arrival with the readers. Throws
 * TypeError and RangeError for its arguments, `signal.reason` when that is aborted already, and ACCESS, LIMIT,
 * UNSUPPORTED and SYSTEM.
 */
export function openWriter<T>(channel: Channel<T, unknown>, options?: WriterOptions): Writer<T> {
	return new ChannelWriter(checkChannel(channel), checkOptions('options', options, writerKeys));
}

export class ChannelWriter<T> extends EndpointHandle implements Writer<T> {
	/** For adapters, which must know the codec, the policy and the largest message. */
	readonly channel: Channel<never, unknown>;
	readonly #native: NativeWriter;
	readonly #encoder: Encoder<T>;
	readonly #overflow: Overflow;
	readonly #messageMax: number;
	readonly #space: Space;
	readonly #drain: ReadConfirmation;
	readonly #batches: BatchWriter<T>;
	readonly #farewell: WriterClosing;
	readonly #budget = new TurnBudget();
	/** Taken from the addon, and not dispatched yet. */
	readonly #due: NativeEvent[] = [];
	#state: 'open' | 'ended' | 'shut down' | 'parted' | 'closed' = 'open';
	/** Why nothing can be written any more, where the only peer is gone. */
	#departure: { readonly peer: Peer; readonly reason: DepartureReason } | undefined;

	/** `opened`: of a connection; without it a writer of its own is opened. */
	constructor(
		channel: Channel<T, unknown>,
		options: WriterOptions,
		opened: Opened<NativeWriter> = openNative(channel, options),
	) {
		const { name, codec, overflow } = channel;
		const { native } = opened;
		const { messageMax } = laneSizes(channel, options);
		super(name, 'writer', opened);
		opened.line.lead(this);
		this.#native = native;
		this.channel = channel;
		this.#encoder = new Encoder(codec, messageMax, tooLargeRemedy, (...what) => this.error(...what));
		this.#overflow = overflow;
		this.#messageMax = messageMax;
		this.#drain = new ReadConfirmation(native);
		this.#space = new Space(
			{
				spaceEdge: () => this.emit({ type: 'space', free: this.free }),
				closedError: () => this.closedError(),
				keepAlive: this.keepAlive,
			},
			native,
		);
		const batchHost = {
			refused: (result: number, byteLength: number) => void this.#refused(result, byteLength),
			isOpen: () => this.#state === 'open',
			closedError: () => this.closedError(),
		};
		this.#batches = new BatchWriter(batchHost, native, this.#encoder, this.#space, overflow === 'block');
		this.#farewell = this.#makeFarewell();
		this.closeOnAbort(options.signal);
		this.opened();
	}

	get closed(): boolean {
		return this.#state === 'closed' || this.left;
	}

	get free(): number {
		return this.#native.free();
	}

	/** For adapters: the largest message in bytes that it ever takes. */
	get messageMax(): number {
		return this.#messageMax;
	}

	/**
	 * For adapters: messages that the slowest holding reader, or with none the first to come, has not read. 0 where
	 * none holds back.
	 */
	get unread(): number {
		return this.#native.unread();
	}

	tryWrite(message: T): boolean {
		if (this.#state !== 'open') throw this.closedError();
		const bytes = this.#encoder.encode(message);
		if (this.#space.taken) return this.#refused(Written.full, bytes.length);
		const written = this.#native.tryWrite(bytes);
		return written === Written.accepted || this.#refused(written, bytes.length);
	}

	tryWriteBatch(messages: readonly T[]): number {
		if (!Array.isArray(messages)) throw new TypeError(`messages: got ${describeValue(messages)}, must be an array`);
		if (this.#state !== 'open') throw this.closedError();
		if (this.#space.taken) return Number(this.#refused(Written.full, 0));
		return this.#batches.write(messages);
	}

	write(message: T, options?: Waiting): Promise<void> {
		try {
			const signal = checkWaiting(options);
			signal?.throwIfAborted();
			this.#assertFree();
			const bytes = this.#encoder.encode(message);
			// The codec may have done anything.
			signal?.throwIfAborted();
			if (this.#space.taken) throw this.#busy();
			const written = this.#native.tryWrite(bytes);
			if (written === Written.full) return this.#space.write(bytes, signal);
			if (written < 0) this.#refused(written, bytes.byteLength);
			return this.#atOnce(bytes.length);
		} catch (error) {
			return Promise.reject(error);
		}
	}

	writeSync(message: T, options?: BlockingOptions): void {
		const patience = new BlockingWait(options);
		this.#assertFree();
		const bytes = this.#encoder.encode(message);
		for (;;) {
			this.#assertFree();
			const written = this.#native.tryWrite(bytes);
			if (written < 0) this.#refused(written, bytes.byteLength);
			if (written !== Written.full) return;
			const there = patience.wait((sliceMs) => this.#native.waitSpaceSync(bytes.byteLength, sliceMs));
			if (!there && patience.exhausted) {
				const what = `there was no room for ${bytes.byteLength} bytes within ${patience.timeoutMs} ms`;
				throw this.error('ERR_RINGWIRE_TIMEOUT', what);
			}
			this.#takeEvents();
		}
	}

	flush(options?: Waiting): Promise<void> {
		try {
			const signal = checkWaiting(options);
			signal?.throwIfAborted();
			if (this.closed) throw this.closedError();
			this.keepAlive.hold();
			return this.#drain.wait(signal).finally(() => this.keepAlive.release());
		} catch (error) {
			return Promise.reject(error);
		}
	}

	end(): void {
		if (this.#state === 'ended') return;
		if (this.#state !== 'open') throw this.closedError();
		this.#state = 'ended';
		this.#space.close(this.closedError());
		this.#native.end();
	}

	override ref(): this {
		this.#farewell.keepAlive(true);
		return super.ref();
	}

	override unref(): this {
		this.#farewell.keepAlive(false);
		return super.unref();
	}

	close(options?: { readonly lingerMs?: number | undefined }): Promise<CloseReport> {
		if (this.#farewell.report !== undefined) return this.#farewell.report;
		try {
			const lingerMs = checkLinger(options) ?? (this.#overflow === 'block' ? lingerMsDefault : 0);
			this.#state = 'closed';
			this.#space.close(this.closedError());
			return this.#farewell.begin(lingerMs);
		} catch (error) {
			return Promise.reject(error);
		}
	}

	[Symbol.dispose](): void {
		this.#state = 'closed';
		this.#leaveNow();
	}

	/** For the connection that this is a part of: the peer has turned out to be gone for good. */
	cutOff(peer: Peer, reason: DepartureReason): void {
		if (this.left || this.#departure !== undefined) return;
		this.#departure = { peer, reason };
		if (this.#state === 'open') this.#state = 'parted';
		this.#space.close(this.#departureError());
		this.#part({ type: 'disconnect', peer, reason, ended: false }, this.#departureError());
	}

	[onWake](bits: number): void {
		this.#budget.renew();
		if (bits & Wake.events) this.#takeEvents();
		if (bits & Wake.space) this.#space.wake();
		if (bits & Wake.drained) this.#drain.wake();
	}

	protected aborted(reason: unknown): void {
		this.#state = 'closed';
		this.#leaveNow(reason);
	}

	/** The lane lives on in every reader that has it mapped: there is nothing to wait for. */
	protected shutDown(peer?: Peer): void {
		if (this.#state !== 'closed') this.#state = 'shut down';
		this.side?.shutDown(peer);
		this.#leaveNow();
	}

	protected ended(): void {}

	protected departed(departure: ChannelEventOf<'disconnect'>): void {
		const { side } = this;
		const { peer, reason } = departure;
		if (side === undefined) {
			this.emitDeparture(departure);
		} else if (this.#state === 'ended' && reason === 'closed' && this.#native.unread() === 0) {
			side.finished();
			this.#part(departure);
		} else {
			side.gone(reason);
			this.cutOff(peer, reason); // where the connection was over already
		}
	}

	protected override closedError(): RingwireError {
		switch (this.#state) {
			case 'ended':
				return super.closedError('the writer has ended');
			case 'shut down':
				return super.closedError('the channel has been shut down');
			case 'parted':
				return this.#departureError() ?? super.closedError();
			default:
				return super.closedError();
		}
	}

	protected refused(error: RingwireError): boolean {
		return this.#space.fail(error);
	}

	/** Listeners may cause newer events, which are dispatched after those that were there before. */
	#takeEvents(): void {
		this.#due.push(...this.#native.takeEvents());
		dispatchAll(this.#due, (event) => this.dispatch(event));
	}

	/** The only peer is gone: what it had read was not in vain. */
	#part(departure: ChannelEventOf<'disconnect'>, reason?: unknown): void {
		const allRead = this.#native.unread() === 0;
		this.emitDeparture(departure);
		if (allRead) this.#drain.wake();
		this.#leaveNow(reason);
	}

	#departureError(): RingwireError | undefined {
		if (this.#departure === undefined) return undefined;
		const { peer, reason } = this.#departure;
		return departureError('channel', this.name, peer, reason);
	}

	#assertFree(): void {
		if (this.#state !== 'open') throw this.closedError();
		if (this.#space.taken) throw this.#busy();
	}

	#busy(): RingwireError {
		return this.error('ERR_RINGWIRE_BUSY', `a write waits already, and only one may: ${busyRemedy}`);
	}

	#makeFarewell(): WriterClosing {
		const host = {
			isRead: () => this.#departure === undefined,
			leave: (reason: unknown) => this.leave(reason === undefined ? undefined : { reason }),
			closedError: () => this.closedError(),
			keepAlive: this.keepAlive,
		};
		return new WriterClosing(host, this.#native, this.#drain);
	}

	/** The message was not accepted. Answers false when that is all there is to say. */
	#refused(written: number, byteLength: number): false {
		if (written === Written.closed) throw this.closedError();
		if (this.listenerCount('space') > 0) this.#space.wantEdge(byteLength);
		return false;
	}

	/** What `write` answers when it did not wait. */
	#atOnce(byteLength: number): Promise<void> {
		this.#budget.spend(byteLength);
		if (!this.#budget.spent) return written;
		return this.#budget.nextTurn();
	}

	#leaveNow(reason?: unknown): void {
		this.#space.close(reason ?? this.closedError());
		this.#farewell.leaveNow(reason);
	}
}

const written = Promise.resolve();

function openNative(channel: Channel<never, unknown>, options: WriterOptions): Opened<NativeWriter> {
	const sizes = laneSizes(channel, options);
	checkSignal('signal', options.signal)?.throwIfAborted();
	const line = new WakeLine();
	const native = attempt(() => loadAddon().openWriter(nativeContract(channel), sizes, line.wake), channel.name);
	return { native, line };
}
