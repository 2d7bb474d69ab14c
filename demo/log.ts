import type { Child } from './child.js';
import { dim, green, line, red, yellow } from './print.js';
import type { EventSaid, PublisherSays, SubscriberSays } from './watching.js';

/** Prints what the processes say, as it comes, with the time since the beginning. */
export class Log {
	readonly #begunAt = performance.now();
	readonly #names = new Map<number, string>();
	readonly #events: (EventSaid & { readonly who: string })[] = [];

	follow(who: string, child: Child<PublisherSays | SubscriberSays, never>): void {
		this.#names.set(child.pid, who);
		child.on((message) => {
			if (message.type === 'event') this.#tell(who, message);
			else if (message.type === 'view') this.say(who, '', message.text);
		});
	}

	say(who: string, event: string, text: string): void {
		const seconds = ((performance.now() - this.#begunAt) / 1000).toFixed(2);
		line(`${dim(`${seconds.padStart(6)} s`)}  ${who.padEnd(10)} ${paint(event, event.padEnd(11))} ${text}`);
	}

	saw(who: string, event: string, about: number, details: string): boolean {
		return this.#events.some(
			(e) => e.who === who && e.event === event && e.about === about && e.details === details,
		);
	}

	#tell(who: string, said: EventSaid): void {
		this.#events.push({ ...said, who });
		const about = said.about === undefined ? '' : `${this.#names.get(said.about) ?? 'process'} (pid ${said.about})`;
		const text =
			said.event === 'lost' ? `${said.details} of ${about}` : [about, said.details].filter(Boolean).join(': ');
		this.say(who, said.event, text);
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
