import type { HandleSource } from '../adapter/acquire.js';
import { channelError, type RingwireError } from '../base/errors.js';
import { onRefused, whenLeft } from '../endpoint/handle.js';
import { whenHandedOver } from '../writer/handed-over.js';
import type { ChannelWriter } from '../writer/writer.js';
import { closedUnder } from './failures.js';

export interface ObservableWriterOptions<T> {
	readonly target: HandleSource<ChannelWriter<T>>;
	readonly whenFull: 'error' | 'drop' | 'conflate';
	readonly onDrop: ((message: T, count: number) => void) | undefined;
	readonly readerTimeoutMs: number;
	readonly signal: AbortSignal | undefined;
}

const fullRemedy =
	"use whenFull 'drop' or 'conflate', or createWriteStream or `await writer.write()` if the source can wait";

/** The Writer behind one subscription of `writeTo`, and the one message that may wait for room. */
export class ObservableWriter<T> {
	readonly #options: ObservableWriterOptions<T>;
	readonly #writer: ChannelWriter<T>;
	readonly #holdsBack: boolean;
	readonly #failed: (error: unknown) => void;
	readonly #leaving = new AbortController();
	readonly #stopWatching: () => void;
	#stopListening: () => void;
	/** With `conflate`: the newest message, while there is no room for it. */
	#waiting: { readonly message: T } | undefined;
	#index = 0;
	#dropped = 0;

	/** `failed` is called with an error that occurs between two calls. Throws `signal.reason`, and as `openWriter` does. */
	constructor(options: ObservableWriterOptions<T>, failed: (error: unknown) => void) {
		const { target, whenFull, signal } = options;
		if (signal?.aborted) {
			if (target.closes) target.given?.[Symbol.dispose]();
			throw signal.reason;
		}
		const writer = target.acquire();
		this.#options = options;
		this.#writer = writer;
		this.#holdsBack = writer.channel.overflow === 'block';
		this.#failed = failed;
		this.#stopWatching = writer[onRefused](failed);
		writer.on('shutdown', this.#onShutdown);
		if (whenFull === 'conflate') writer.on('space', this.#onSpace);
		this.#stopListening = writer[whenLeft](() => failed(closedUnder(writer, 'writer')));
	}

	/** Throws FULL if `whenFull` is `error`, ENCODE, TOO_LARGE and CLOSED. */
	write(message: T): void {
		const index = this.#index++;
		if (this.#waiting === undefined && this.#writer.tryWrite(message)) return;
		if (!this.#holdsBack || this.#options.whenFull === 'drop') this.#drop(message);
		else if (this.#options.whenFull === 'error') throw this.#full(index);
		else this.#conflate(message);
	}

	/** The source has completed. Resolves when everything is written and, unless the Writer stays open, handed over to a reader. */
	async end(): Promise<void> {
		this.#writer.off('space', this.#onSpace);
		const { signal } = this.#leaving;
		const last = this.#waiting;
		this.#waiting = undefined;
		if (last !== undefined) await this.#writer.write(last.message, { signal });
		if (!this.#options.target.closes) return;
		this.#writer.end();
		await whenHandedOver(this.#writer, this.#options.readerTimeoutMs, signal);
		this.#stopListening();
		await this.#writer.close({ lingerMs: 0 });
	}

	/** Releases the Writer. Without a preceding `end`, readers do not take its messages for the whole. */
	leave(): void {
		this.#stopWatching();
		this.#stopListening();
		this.#writer.off('shutdown', this.#onShutdown);
		this.#writer.off('space', this.#onSpace);
		this.#leaving.abort();
		if (this.#options.target.closes) this.#writer[Symbol.dispose]();
	}

	readonly #onSpace = (): void => {
		const last = this.#waiting;
		if (last === undefined) return;
		try {
			if (this.#writer.tryWrite(last.message)) this.#waiting = undefined;
		} catch (error) {
			this.#failed(error);
		}
	};

	readonly #onShutdown = (): void => {
		this.#failed(channelError('ERR_RINGWIRE_CLOSED', this.#writer.name, 'the channel has been shut down'));
	};

	#conflate(message: T): void {
		const replaced = this.#waiting;
		this.#waiting = { message };
		if (replaced !== undefined) this.#drop(replaced.message);
	}

	#drop(message: T): void {
		this.#dropped++;
		this.#options.onDrop?.(message, this.#dropped);
	}

	#full(index: number): RingwireError {
		const what = `there is no room for message ${index} of the source: ${fullRemedy}`;
		return channelError('ERR_RINGWIRE_FULL', this.#writer.name, what);
	}
}
