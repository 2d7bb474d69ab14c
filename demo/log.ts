import type { Child } from './child.js';
import { count, dim, green, line, red, yellow } from './print.js';
import type { EventReport, PublisherMessage, SubscriberMessage } from './watching.js';

/** A subscriber that is too slow has many losses in a second. They are summed up, and printed at most this often. */
const lossesEveryMs = 1000;

/** Prints the reports of the processes as they arrive, with the time since the beginning. */
export class Log {
	readonly #begunAt = performance.now();
	readonly #names = new Map<number, string>();
	readonly #events: (EventReport & { readonly source: string })[] = [];
	readonly #waiters: { readonly source: string; readonly event: string; readonly resolve: () => void }[] = [];
	readonly #losses = new Map<string, { printedAt: number; count: number; writer: string }>();

	follow(source: string, child: Child<PublisherMessage | SubscriberMessage, never>): void {
		this.#names.set(child.pid, source);
		child.on((message) => {
			if (message.type === 'event') this.#onEvent(source, message);
			else if (message.type === 'view') this.print(source, '', message.text);
		});
	}

	print(source: string, event: string, text: string): void {
		const seconds = ((performance.now() - this.#begunAt) / 1000).toFixed(2);
		line(`${dim(`${seconds.padStart(6)} s`)}  ${source.padEnd(10)} ${paint(event, event.padEnd(11))} ${text}`);
	}

	has(source: string, event: string, about: number, details: string): boolean {
		return this.#events.some(
			(e) => e.source === source && e.event === event && e.about === about && e.details === details,
		);
	}

	/** Resolves at the next event of this type. */
	next(source: string, event: string): Promise<void> {
		return new Promise((resolve) => this.#waiters.push({ source, event, resolve }));
	}

	#onEvent(source: string, report: EventReport): void {
		this.#events.push({ ...report, source });
		for (const waiter of this.#waiters) {
			if (waiter.source === source && waiter.event === report.event) waiter.resolve();
		}
		const peer =
			report.about === undefined ? '' : `${this.#names.get(report.about) ?? 'process'} (pid ${report.about})`;
		if (report.event === 'lost') {
			const losses = this.#losses.get(source) ?? { printedAt: Number.NEGATIVE_INFINITY, count: 0, writer: peer };
			losses.count += report.count;
			this.#losses.set(source, losses);
			if (performance.now() - losses.printedAt >= lossesEveryMs) this.#printLosses(source);
			return;
		}
		if (report.event === 'end' || report.event === 'disconnect') this.#printLosses(source);
		this.print(source, report.event, [peer, report.details].filter(Boolean).join(': '));
	}

	#printLosses(source: string): void {
		const losses = this.#losses.get(source);
		if (losses === undefined || losses.count === 0) return;
		this.print(source, 'lost', `${count(losses.count)} messages of ${losses.writer}`);
		losses.printedAt = performance.now();
		losses.count = 0;
	}
}

function paint(event: string, text: string): string {
	switch (event) {
		case 'connect':
			return green(text);
		case 'lost':
			return yellow(text);
		case 'disconnect':
		case 'error':
		case 'kill':
			return red(text);
		default:
			return text;
	}
}
