import { checkWaiting, type Waiting } from '../base/abort.js';
import { type BlockingOptions, BlockingWait } from '../base/blocking-wait.js';
import { checkInteger, checkLinger } from '../base/check.js';
import type { RingwireError } from '../base/errors.js';
import type { DepartureReason, Peer } from '../base/peer.js';
import { shareClass } from '../base/shared-class.js';
import { TurnBudget } from '../base/turn-budget.js';
import { describeValue } from '../codecs/describe-value.js';
import type { StructFields } from '../codecs/struct/description.js';
import { checkStruct, type Struct } from '../codecs/struct/struct.js';
import { type Channel, holdsBack } from '../definition/channel.js';
import { type ChannelEventOf, dispatchAll } from '../endpoint/events.js';
import { EndpointHandle } from '../endpoint/handle.js';
import { type Opened, onWake } from '../endpoint/opened.js';
import { type NativeEvent, type NativeWriter, Wake, Written } from '../native/boundary.js';
import { BatchWriter } from './batch-writer.js';
import { Encoder } from './encoder.js';
import { lackOfReaders } from './holding-readers.js';
import { Lane } from './lane.js';
import { openLaneLoan } from './lane-loan.js';
import { laneSizes } from './lane-sizes.js';
import { WriterLifecycle } from './lifecycle.js';
import type { Loan, LoanHost, StructLoan } from './loan.js';
import type { Pool } from './pool.js';
import { joinLoan, openPoolLoan } from './pool-loan.js';
import { ReadConfirmation } from './read-confirmation.js';
import { Space } from './space.js';
import { Staging } from './staging.js';
import type { CloseReport, Writer, WriterOptions } from './types.js';
import { WriterClosing } from './writer-closing.js';

const lingerMsDefault = 1000;
const tooLargeRemedy = 'define it with a larger messageMax, or a larger capacity, of which that is at most half';
const waitsAlready = 'a write waits already, and only one may: await it first, or use tryWrite or tryWriteBatch';
const loanWaits = 'a loan waits for room, and only one call may wait: await it first, or use tryLoan or tryWrite';
const ownCodec = 'the codec that encodes a message must not write to the same writer, nor flush it';
const written = Promise.resolve();

/** A writer over an open lane of its own, or over one direction of a connection. */
export class ChannelWriter<T> extends EndpointHandle implements Writer<T> {
	static {
		shareClass(ChannelWriter, Symbol.for('ringwire 0.1 Writer'));
	}

	/** For adapters, which depend on the codec and the policy. */
	readonly channel: Channel<never, unknown>;
	/** For adapters: the largest message in bytes that the writer accepts. */
	readonly messageMax: number;
	/** For adapters: where its loans are. */
	readonly pool: Pool | undefined;
	readonly #native: NativeWriter;
	readonly #lifecycle = new WriterLifecycle(this.name);
	readonly #encoder: Encoder<T>;
	readonly #lane: Lane<T>;
	readonly #loanHost: LoanHost;
	readonly #space: Space;
	readonly #batches: BatchWriter<T>;
	readonly #confirmation: ReadConfirmation;
	readonly #closing: WriterClosing;
	readonly #budget = new TurnBudget();
	/** Taken from the addon, and not dispatched yet. */
	readonly #due: NativeEvent[] = [];

	constructor(channel: Channel<T, unknown>, options: WriterOptions, opened: Opened<NativeWriter>) {
		const { native } = opened;
		super(channel.name, 'writer', opened);
		opened.line.lead(this);
		this.channel = channel;
		this.messageMax = laneSizes(channel, options).messageMax;
		this.#native = native;
		const encoder = new Encoder(channel.codec, this.messageMax, tooLargeRemedy, this.error.bind(this));
		this.#encoder = encoder;
		const staging = new Staging(native);
		const lifecycle = this.#lifecycle;
		const lane = new Lane(native, lifecycle, encoder, staging);
		this.#lane = lane;
		const space = new Space(native, this.keepAlive, {
			hasListener: () => this.listenerCount('space') > 0,
			emit: () => void this.emitEvent({ type: 'space', free: this.free }),
		});
		this.#space = space;
		const blocks = channel.overflow === 'block';
		const assertCodecReturned = this.#assertCodecReturned.bind(this);
		this.#loanHost = { native, lane, lifecycle, assertCodecReturned };
		this.pool = options.pool;
		this.#batches = new BatchWriter({ encoder, staging, guard: this.codecGuard, lane, lifecycle, space, blocks });
		this.#confirmation = new ReadConfirmation(native, this.keepAlive);
		const leave = () => this.leave(lifecycle.leaving);
		this.#closing = new WriterClosing(native, lifecycle, this.#confirmation, this.keepAlive, leave);
		this.closeOnAbort(options.signal);
		this.opened();
	}

	get closed(): boolean {
		return this.#lifecycle.isClosed || this.#lifecycle.isShutDown || this.left;
	}

	get free(): number {
		return this.#native.free();
	}

	/** For adapters: as in CloseReport. */
	get unread(): number {
		return this.#native.unread();
	}

	/** For adapters: how many connected readers hold the writer back. */
	get holders(): number {
		return this.peers.length > 0 ? this.#native.holders() : 0;
	}

	tryWrite(message: T): boolean {
		this.#assertOpen();
		this.#encode(message);
		const written = this.#space.taken ? Written.full : this.#lane.writeEncoded();
		if (written === Written.accepted) return true;
		this.#space.refused(this.#lane.encodedBytes);
		return false;
	}

	tryWriteBatch(messages: readonly T[]): number {
		if (!Array.isArray(messages)) throw new TypeError(`messages: got ${describeValue(messages)}, must be an array`);
		this.#assertOpen();
		if (!this.#space.taken) return this.#batches.write(messages);
		this.#space.refused(0);
		return 0;
	}

	write(message: T, options?: Waiting): Promise<void> {
		try {
			const signal = checkWaiting(options);
			signal?.throwIfAborted();
			this.#assertFree();
			this.#encode(message);
			signal?.throwIfAborted(); // by the codec
			if (this.#lane.writeEncoded() !== Written.full) return this.#settled(this.#lane.encodedBytes);
			this.#assertIdle();
			this.#throwRefusal();
			const encoded = this.#lane.takeEncoded();
			const attempt = () => (this.#lane.write(encoded) === Written.full ? undefined : true);
			return this.#space.write(encoded.length, attempt, signal).then(() => {});
		} catch (error) {
			return Promise.reject(error);
		}
	}

	tryLoan(byteLength: number): Loan | undefined {
		this.#checkLoan(byteLength);
		this.#assertOpen();
		const loan = this.#space.busy ? undefined : this.#openLoan(byteLength);
		if (loan === undefined) {
			if (this.pool === undefined) this.#space.refused(byteLength);
			else this.#space.refusedLoan(byteLength);
		}
		return loan;
	}

	loan(byteLength: number, options?: Waiting): Promise<Loan> {
		try {
			const signal = checkWaiting(options);
			this.#checkLoan(byteLength);
			signal?.throwIfAborted();
			this.#assertFree();
			this.#assertIdle();
			const attempt = () => this.#openLoan(byteLength);
			const loan = attempt();
			if (loan !== undefined) return this.#settled(byteLength).then(() => loan);
			this.#throwRefusal();
			const space = this.#space;
			return this.pool === undefined
				? space.write(byteLength, attempt, signal)
				: space.lend(byteLength, attempt, signal);
		} catch (error) {
			return Promise.reject(error);
		}
	}

	alloc<F extends StructFields>(struct: Struct<F>, byteLength?: number): StructLoan<F> | undefined {
		const { byteLength: min } = checkStruct(struct);
		const { MAX_SAFE_INTEGER: max } = Number;
		const loan = this.tryLoan(checkInteger('byteLength', byteLength ?? min, { min, max, unit: 'bytes' }));
		if (loan === undefined) return undefined;
		loan.bytes.fill(0, 0, min);
		return Object.assign(loan, { message: struct.view(loan.bytes) });
	}

	[joinLoan](pool: Pool, loan: number): boolean {
		if (pool !== this.pool) throw new TypeError('writer: the loan is in another pool, or the writer has none');
		this.#assertOpen();
		const written = this.#native.sharePoolLoan(loan);
		if (written < 0) throw this.#lane.refusal(written);
		return written === Written.accepted;
	}

	writeSync(message: T, options?: BlockingOptions): void {
		const wait = new BlockingWait(options);
		this.#assertFree();
		this.#encode(message);
		if (this.#lane.writeEncoded() !== Written.full) return;
		const encoded = this.#lane.takeEncoded(); // a listener may write meanwhile
		for (let late = false; ; late = wait.exhausted) {
			this.#assertFree(); // a listener may have closed the writer
			if (this.#lane.write(encoded) !== Written.full) return;
			this.#throwRefusal();
			if (late) {
				const what = `there was no room for ${encoded.length} bytes within ${wait.timeoutMs} ms`;
				throw this.error('ERR_RINGWIRE_TIMEOUT', `${what}${lackOfReaders(this)}`);
			}
			wait.wait((sliceMs) => this.#native.waitSpaceSync(encoded.length, sliceMs));
			this.#takeEvents();
		}
	}

	flush(options?: Waiting): Promise<void> {
		try {
			const signal = checkWaiting(options);
			signal?.throwIfAborted();
			this.#assertCodecReturned();
			if (this.closed) throw this.closedError();
			if (this.#native.unread() > 0) this.#throwRefusal();
			return this.#confirmation.wait(signal);
		} catch (error) {
			return Promise.reject(error);
		}
	}

	end(): void {
		if (this.codecGuard.defer(() => this.end()) || !this.#lifecycle.end()) return;
		this.#space.close(this.closedError());
		this.#native.end();
	}

	override ref(): this {
		this.#closing.ref();
		return super.ref();
	}

	override unref(): this {
		this.#closing.unref();
		return super.unref();
	}

	close(options?: { readonly lingerMs?: number | undefined }): Promise<CloseReport> {
		if (this.#closing.report !== undefined) return this.#closing.report;
		try {
			const lingerMs = checkLinger(options) ?? (this.channel.overflow === 'block' ? lingerMsDefault : 0);
			return this.#close(lingerMs);
		} catch (error) {
			return Promise.reject(error);
		}
	}

	[Symbol.dispose](): void {
		if (this.codecGuard.defer(() => this[Symbol.dispose]())) return;
		this.#lifecycle.close();
		this.#leaveNow();
	}

	/** For the connection that this is a part of: the peer is gone for good. */
	cutOff(peer: Peer, reason: DepartureReason): void {
		if (this.left || !this.#lifecycle.part(peer, reason)) return;
		this.#space.close(this.#lifecycle.failure);
		this.#part({ type: 'disconnect', peer, reason, ended: false });
	}

	[onWake](bits: number): void {
		this.#budget.renew();
		if (bits & Wake.events) this.#takeEvents();
		if (bits & (Wake.space | Wake.room)) this.#space.wake();
		if (bits & Wake.allRead) this.#confirmation.wake();
	}

	protected aborted(reason: unknown): void {
		if (this.codecGuard.defer(() => this.aborted(reason))) return;
		this.#lifecycle.close({ reason });
		this.#leaveNow();
	}

	/** Leaves at once: every reader that has the lane mapped reads the rest without the writer. */
	protected shutDown(peer?: Peer): void {
		this.side?.shutDown(peer);
		this.#lifecycle.shutDown();
		this.#leaveNow();
	}

	protected ended(): void {}

	protected departed(departure: ChannelEventOf<'disconnect'>): void {
		const { peer, reason } = departure;
		if (this.side === undefined) this.emitDeparture(departure);
		else if (this.#lifecycle.isEnded && reason === 'closed' && this.unread === 0) {
			this.side.finished();
			this.#part(departure);
		} else {
			this.side.gone(reason);
			this.cutOff(peer, reason); // if the connection was over already
		}
	}

	protected override closedError(): RingwireError {
		return this.#lifecycle.closedError();
	}

	protected refused(error: RingwireError): boolean {
		return [this.#space.fail(error), this.#confirmation.fail(error)].includes(true);
	}

	/** Listeners may cause newer events, which are dispatched after those that were there before. */
	#takeEvents(): void {
		this.#due.push(...this.#native.takeEvents());
		dispatchAll(this.#due, (event) => this.dispatch(event));
	}

	/** The only peer is gone. If it had read everything, flushes succeed. */
	#part(departure: ChannelEventOf<'disconnect'>): void {
		const allRead = this.unread === 0;
		this.emitDeparture(departure);
		if (allRead) this.#confirmation.wake();
		this.#leaveNow();
	}

	/** The lane has the encoded message then. */
	#encode(message: T): void {
		this.codecGuard.enter();
		try {
			this.#lane.encode(message);
		} catch (error) {
			this.codecGuard.exit();
			throw error;
		}
		this.codecGuard.exit(); // not in a `finally`, which is slower
		// By a call that was deferred, or because a blocking call of another handle has served this endpoint meanwhile.
		if (!this.#lifecycle.isOpen) throw this.closedError();
	}

	#checkLoan(byteLength: number): void {
		checkInteger('byteLength', byteLength, { min: 0, max: Number.MAX_SAFE_INTEGER, unit: 'bytes' });
		const { messageMax } = this.pool ?? this;
		if (byteLength <= messageMax) return;
		if (this.pool === undefined) throw this.#encoder.tooLarge(byteLength);
		const what = `a loan of ${byteLength} bytes is larger than messageMax of the pool, ${messageMax} bytes`;
		throw this.error('ERR_RINGWIRE_TOO_LARGE', `${what}: create the pool with a larger one`);
	}

	#openLoan(byteLength: number): Loan | undefined {
		if (this.pool !== undefined) return openPoolLoan(this.#loanHost, this.pool, byteLength);
		return openLaneLoan(this.#loanHost, byteLength, holdsBack(this.channel.overflow));
	}

	#assertCodecReturned(): void {
		if (this.codecGuard.running) throw this.error('ERR_RINGWIRE_BUSY', ownCodec);
	}

	#assertOpen(): void {
		if (!this.codecGuard.running && this.#lifecycle.isOpen) return;
		this.#assertCodecReturned();
		throw this.closedError();
	}

	#assertFree(): void {
		this.#assertOpen();
		if (this.#space.taken) throw this.error('ERR_RINGWIRE_BUSY', waitsAlready);
	}

	#assertIdle(): void {
		if (this.#space.busy) throw this.error('ERR_RINGWIRE_BUSY', loanWaits);
	}

	/** For calls that would have to wait. */
	#throwRefusal(): void {
		const refusal = this.takeRefusal();
		if (refusal !== undefined) throw refusal;
	}

	/** The result of a `write` that did not wait. */
	#settled(byteLength: number): Promise<void> {
		this.#budget.spend(byteLength);
		return this.#budget.spent ? this.#budget.nextTurn() : written;
	}

	#close(lingerMs: number): Promise<CloseReport> {
		if (this.codecGuard.running) {
			return new Promise((resolve) => this.codecGuard.defer(() => resolve(this.#close(lingerMs))));
		}
		this.#lifecycle.close();
		this.#space.close(this.closedError());
		return this.#closing.begin(lingerMs);
	}

	#leaveNow(): void {
		this.#space.close(this.#lifecycle.failure);
		void this.#closing.leaveNow();
	}
}
