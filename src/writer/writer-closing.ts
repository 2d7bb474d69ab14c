import { clearTimeout, setTimeout } from 'node:timers';
import type { KeepAlive } from '../endpoint/keep-alive.js';
import type { NativeWriter } from '../native/boundary.js';
import type { WriterLifecycle } from './lifecycle.js';
import type { ReadConfirmation } from './read-confirmation.js';
import type { CloseReport } from './types.js';

type Phase =
	| { readonly is: 'staying' }
	/** The writer leaves when everything has been read, or when the time is over. */
	| {
			readonly is: 'lingering';
			readonly report: Promise<CloseReport>;
			readonly timer: NodeJS.Timeout;
			settle(outcome: CloseReport): void;
	  }
	| { readonly is: 'left'; readonly report: Promise<CloseReport> };

/** How a writer leaves, which happens once: at once, or when everything has been read. */
export class WriterClosing {
	readonly #native: NativeWriter;
	readonly #lifecycle: WriterLifecycle;
	readonly #confirmation: ReadConfirmation;
	readonly #keepAlive: KeepAlive;
	readonly #leave: () => void;
	#phase: Phase = { is: 'staying' };
	/** Lingering keeps the process alive. */
	#referenced = true;

	/** `leave` leaves the channel. Its callbacks may call anything. */
	constructor(
		native: NativeWriter,
		lifecycle: WriterLifecycle,
		confirmation: ReadConfirmation,
		keepAlive: KeepAlive,
		leave: () => void,
	) {
		this.#native = native;
		this.#lifecycle = lifecycle;
		this.#confirmation = confirmation;
		this.#keepAlive = keepAlive;
		this.#leave = leave;
	}

	/** The report of the first call that made the writer leave. */
	get report(): Promise<CloseReport> | undefined {
		return this.#phase.is === 'staying' ? undefined : this.#phase.report;
	}

	/** Leaves when everything has been read, after `lingerMs` at the latest. */
	begin(lingerMs: number): Promise<CloseReport> {
		if (this.#phase.is !== 'staying') return this.#phase.report;
		return lingerMs > 0 && this.#native.unread() > 0 ? this.#linger(lingerMs) : this.leaveNow();
	}

	leaveNow(): Promise<CloseReport> {
		const phase = this.#phase;
		if (phase.is === 'left') return phase.report;
		const readers = this.#lifecycle.isParted ? 0 : this.#native.readers();
		const outcome: CloseReport = { unread: this.#native.unread(), readers };
		if (phase.is === 'lingering') phase.settle(outcome);
		const report = phase.is === 'lingering' ? phase.report : Promise.resolve(outcome);
		this.#phase = { is: 'left', report };
		this.#leave();
		this.#confirmation.close(this.#lifecycle.failure);
		return report;
	}

	ref(): void {
		this.#referenced = true;
		if (this.#phase.is === 'lingering') this.#phase.timer.ref();
	}

	unref(): void {
		this.#referenced = false;
		if (this.#phase.is === 'lingering') this.#phase.timer.unref();
	}

	#linger(lingerMs: number): Promise<CloseReport> {
		const leave = () => void this.leaveNow();
		const waiter = { resolve: leave };
		const timer = setTimeout(leave, lingerMs);
		if (!this.#referenced) timer.unref();
		this.#keepAlive.hold();
		let settle = (_: CloseReport) => {};
		const report = new Promise<CloseReport>((resolve) => {
			settle = (outcome) => {
				clearTimeout(timer);
				this.#confirmation.forget(waiter);
				this.#keepAlive.release();
				resolve(outcome);
			};
		});
		this.#phase = { is: 'lingering', report, timer, settle };
		this.#confirmation.add(waiter);
		return report;
	}
}
