import { clearTimeout, setTimeout } from 'node:timers';
import type { KeepAlive } from '../endpoint/keep-alive.js';
import type { NativeWriter } from '../native/boundary.js';
import type { ReadConfirmation } from './read-confirmation.js';
import type { CloseReport } from './types.js';

/** The Writer, as its farewell sees it. */
export interface WriterClosingHost {
	/** False: its only peer is gone, and nobody reads any more. */
	isRead(): boolean;
	/** Leaves the channel; whoever hears of it may call anything. */
	leave(reason: unknown): void;
	closedError(): Error;
	readonly keepAlive: KeepAlive;
}

/** How a writer leaves: at once, or when everything has been read; and what it reports then. All of it happens once. */
export class WriterClosing {
	readonly #host: WriterClosingHost;
	readonly #native: NativeWriter;
	readonly #drain: ReadConfirmation;
	#report: Promise<CloseReport> | undefined;
	#settle: ((report: CloseReport) => void) | undefined;
	#stopLingering: (() => void) | undefined;
	#timer: NodeJS.Timeout | undefined;
	#keepsAlive = true;

	constructor(host: WriterClosingHost, native: NativeWriter, drain: ReadConfirmation) {
		this.#host = host;
		this.#native = native;
		this.#drain = drain;
	}

	/** What it will have reported, once it has begun. */
	get report(): Promise<CloseReport> | undefined {
		return this.#report;
	}

	/** Leaves when everything has been read, after `lingerMs` at the latest. */
	begin(lingerMs: number): Promise<CloseReport> {
		const report = this.#begin();
		if (lingerMs > 0 && this.#native.unread() > 0) this.#linger(lingerMs);
		else this.#depart(undefined);
		return report;
	}

	leaveNow(reason?: unknown): void {
		void this.#begin();
		this.#depart(reason);
	}

	/** Whether lingering keeps the process alive. */
	keepAlive(keepsAlive: boolean): void {
		this.#keepsAlive = keepsAlive;
		if (keepsAlive) this.#timer?.ref();
		else this.#timer?.unref();
	}

	/** There is a report from here on: who closes again in answer to our leaving gets the same. */
	#begin(): Promise<CloseReport> {
		this.#report ??= new Promise((resolve) => {
			this.#settle = resolve;
		});
		return this.#report;
	}

	#linger(lingerMs: number): void {
		const depart = () => this.#depart(undefined);
		const waiter = { resolve: depart, reject: () => {} };
		this.#host.keepAlive.hold();
		this.#timer = setTimeout(depart, lingerMs);
		this.keepAlive(this.#keepsAlive);
		this.#stopLingering = () => {
			clearTimeout(this.#timer);
			this.#drain.forget(waiter);
			this.#host.keepAlive.release();
		};
		this.#drain.add(waiter);
	}

	#depart(reason: unknown): void {
		const settle = this.#settle;
		if (settle === undefined) return;
		this.#settle = undefined;
		this.#stopLingering?.();
		const readers = this.#host.isRead() ? this.#native.readers() : 0;
		settle({ unread: this.#native.unread(), readers });
		this.#host.leave(reason);
		this.#drain.close(reason ?? this.#host.closedError());
	}
}
