import type { RingwireError } from '../base/errors.js';
import { holdsBack } from '../definition/channel.js';
import { onRefused } from '../endpoint/handle.js';
import { type MessageSource, messageSource, type Nothing, nothing, type Waiter } from '../reader/message-source.js';
import type { ChannelReader } from '../reader/reader.js';
import { closedUnder } from './failures.js';
import type { MulticasterOptions } from './multicaster-options.js';

/** The Reader behind `sampleFrom`, and its newest message since the last call of `take`. */
export class Sampler<T> {
	readonly #reader: ChannelReader<T>;
	readonly #source: MessageSource<T>;
	readonly #reportsUndecodable: boolean;
	readonly #failed: (error: unknown) => void;
	/** Waits between the ticks, to read the messages as they come. */
	readonly #waiter: Waiter;
	/** Waits at a tick only, to learn whether there may be another message. */
	readonly #probe: Waiter;
	/** False: the policy lets the writers go on although nothing is read between two ticks. */
	readonly #readsBetweenTicks: boolean;
	readonly #stopWatching: () => void;
	/** Set by `stop`, which a listener may call while a message is looked for. */
	readonly #cancel = { aborted: false };
	#closes: boolean;
	#newest: T | Nothing = nothing;

	/** `failed` is called when there will be no sample any more because of an error. Throws `signal.reason`, and as `openReader` does. */
	constructor(options: MulticasterOptions<T>, failed: (error: unknown) => void) {
		const { source, onDecodeError, signal } = options;
		if (signal?.aborted) {
			if (source.closes) source.given?.[Symbol.dispose]();
			throw signal.reason;
		}
		const reader = source.acquire();
		this.#reader = reader;
		this.#source = reader[messageSource];
		this.#closes = source.closes;
		this.#reportsUndecodable = onDecodeError === 'event';
		this.#failed = failed;
		this.#waiter = {
			settle: (readiness) => {
				if (readiness === 'readable') this.#readAll();
			},
			fail: failed,
		};
		this.#probe = {
			settle: (readiness) => {
				if (readiness === 'closed') failed(closedUnder(reader, 'reader'));
			},
			fail: failed,
		};
		const { overflow } = reader.channel;
		this.#readsBetweenTicks = holdsBack(overflow);
		this.#stopWatching = this.#readsBetweenTicks ? () => {} : reader[onRefused](failed);
		if (this.#readsBetweenTicks || this.#source.busy) this.#wait(this.#waiter);
	}

	get ended(): boolean {
		return this.#source.ending === 'ended';
	}

	take(): T | Nothing {
		this.#look();
		const sample = this.#newest;
		this.#newest = nothing;
		if (sample !== nothing || this.#cancel.aborted) return sample;
		if (this.#source.ending !== undefined || !this.#readsBetweenTicks) {
			this.#wait(this.#probe);
			this.#source.cancel(this.#probe);
		}
		return nothing;
	}

	stop(): void {
		this.#cancel.aborted = true;
		this.#stopWatching();
		this.#source.cancel(this.#waiter);
		if (this.#closes && !this.#reader.closed) this.#reader[Symbol.dispose]();
	}

	/** Returns the room of the messages to the writers. */
	#readAll(): void {
		this.#look();
		if (!this.#cancel.aborted && this.#source.ending === undefined) this.#wait(this.#waiter);
	}

	#look(): void {
		const message = this.#source.newest(this.#undecodable, this.#cancel);
		if (message !== nothing) this.#newest = message;
	}

	readonly #undecodable = (error: RingwireError): void => {
		if (this.#reportsUndecodable) this.#reader.report(error);
		else this.#failed(error);
	};

	#wait(waiter: Waiter): void {
		try {
			this.#source.wait(waiter);
		} catch (busy) {
			this.#closes = false; // another call reads from it
			this.#failed(busy);
		}
	}
}
