import { acquireWriter } from '../adapter/acquire.js';
import { RingwireError } from '../base/errors.js';
import type { Channel } from '../definition/channel.js';
import { onRefused } from '../endpoint/handle.js';
import { whenHandedOver } from '../writer/handed-over.js';
import type { Writer, WriterOptions } from '../writer/types.js';
import type { ChannelWriter } from '../writer/writer.js';

export interface ObservableWriterOptions<T> {
	readonly whenFull: 'error' | 'drop' | 'conflate';
	readonly onDrop: ((message: T, count: number) => void) | undefined;
	readonly readerTimeoutMs: number;
	readonly closeWriter: boolean;
}

const fullRemedy =
	"'drop' and 'conflate' go on without some, createWriteStream and `await writer.write()` let a source wait that can";

/**
 * The Writer behind one subscription of `writeTo`, and the one message that may wait for room. `failed` is told what goes wrong between two
 * calls.
 */
export class ObservableWriter<T> {
	readonly #writer: ChannelWriter<T>;
	readonly #options: ObservableWriterOptions<T>;
	readonly #closes: boolean;
	readonly #lossless: boolean;
	readonly #failed: (error: unknown) => void;
	readonly #leaving = new AbortController();
	readonly #stopWatching: () => void;
	/** With `conflate`: the newest message, which found no room yet. */
	#waiting: { readonly message: T } | undefined;
	#index = 0;
	#dropped = 0;

	constructor(
		target: Channel<T, unknown> | Writer<T>,
		writerOptions: WriterOptions,
		options: ObservableWriterOptions<T>,
		failed: (error: unknown) => void,
	) {
		const { handle, opened } = acquireWriter(target, writerOptions);
		this.#writer = handle;
		this.#options = options;
		this.#closes = opened || options.closeWriter;
		this.#lossless = handle.channel.overflow === 'block';
		this.#failed = failed;
		this.#stopWatching = handle[onRefused](failed);
		handle.on('shutdown', this.#onShutdown);
		if (options.whenFull === 'conflate') handle.on('space', this.#onSpace);
	}

	/** Throws FULL if that is what was asked for, ENCODE, TOO_LARGE and CLOSED. */
	write(message: T): void {
		const index = this.#index++;
		if (this.#waiting === undefined && this.#writer.tryWrite(message)) return;
		if (!this.#lossless || this.#options.whenFull === 'drop') this.#drop(message);
		else if (this.#options.whenFull === 'error') throw this.#full(index);
		else this.#conflate(message);
	}

	/** The source has completed: resolves when everything is written and, if the writer is ours to close, safe with a reader. */
	async end(): Promise<void> {
		this.#writer.off('space', this.#onSpace);
		const { signal } = this.#leaving;
		const last = this.#waiting;
		this.#waiting = undefined;
		if (last !== undefined) await this.#writer.write(last.message, { signal });
		if (!this.#closes) return;
		this.#writer.end();
		await whenHandedOver(this.#writer, this.#options.readerTimeoutMs, signal);
		await this.#writer.close({ lingerMs: 0 });
	}

	/** Lets go of the writer; without `end` before it, the readers do not take what they got for the whole. */
	leave(): void {
		this.#stopWatching();
		this.#writer.off('shutdown', this.#onShutdown);
		this.#writer.off('space', this.#onSpace);
		this.#leaving.abort();
		if (this.#closes) this.#writer[Symbol.dispose]();
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
		const { name: channel } = this.#writer;
		this.#failed(
			new RingwireError('ERR_RINGWIRE_CLOSED', `channel "${channel}": it has been shut down`, { channel }),
		);
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
		const { name: channel } = this.#writer;
		const what = `there was no room for message ${index} of the source, and whenFull is 'error'`;
		return new RingwireError('ERR_RINGWIRE_FULL', `channel "${channel}": ${what}; ${fullRemedy}`, { channel });
	}
}
