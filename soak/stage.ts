/** The parts of one thread: opens them, executes the orders of the conductor, and answers. */
import { ClientPart, ServerPart } from './parts/duplex-parts.js';
import { readLate, writeLate } from './parts/late-parts.js';
import { ReaderPart, WriterPart } from './parts/one-way-parts.js';
import type { Company, Part, PartSpec, Surroundings } from './parts/part.js';
import { RequesterPart, ServicePart } from './parts/service-parts.js';
import type { Answer, Order, Task } from './protocol.js';
import { randomFrom } from './random.js';
import { Shutdowns } from './shutdowns.js';
import { History, noCounts } from './tally.js';

const lookEveryMs = 20;
const tellEveryMs = 250;

export class Stage {
	readonly #answer: (answer: Answer) => void;
	readonly #around: Surroundings;
	readonly #parts: readonly Part[];
	/** The index of the part whose channel is shut down. */
	readonly #halting: number;
	readonly #telling: NodeJS.Timeout;
	#counts = noCounts();
	#company: Company = { at: {}, stopped: [] };
	/** The condition of an order. Returns the part that is missing. */
	#awaited: (() => string | undefined) | undefined;

	constructor(task: Task, answer: (answer: Answer) => void) {
		const stage = this;
		const history = new History(60);
		this.#answer = answer;
		this.#telling = setInterval(() => this.#tellCounts(), tellEveryMs);
		this.#around = {
			folder: task.folder,
			random: randomFrom(task.seed),
			shutdowns: new Shutdowns(task.folder),
			get counts() {
				return stage.#counts;
			},
			history,
			violation: (what) => answer({ type: 'violation', what, history: history.lines }),
		};
		this.#halting = task.parts.findIndex(({ channel }) => channel === 'halt');
		this.#parts = task.parts.map((spec) => this.#open(spec));
		answer({ type: 'open' });
	}

	obey(order: Order): void {
		switch (order.type) {
			case 'meet':
				this.#company = order.company;
				this.#wait((part) => part.awaitsCompany(this.#company), { type: 'met' });
				break;
			case 'rest': {
				const { round } = order;
				for (const part of this.#parts) part.rest(round);
				this.#wait((part) => part.awaitsRound(round, this.#company), { type: 'rested', round });
				break;
			}
			case 'go on':
				this.#awaited = undefined;
				for (const part of this.#parts) part.goOn();
				break;
			case 'shut down':
				this.#parts[this.#halting]?.shutDown?.();
				break;
			case 'write late':
				void writeLate(order, this.#around, this.#answer).then(this.#answer);
				break;
			case 'read late':
				void readLate(order, this.#around, this.#answer).then(this.#answer);
				break;
			case 'close':
				void this.#close();
				break;
			case 'terminate':
			case 'measure':
				throw new Error(`the order "${order.type}" is for a process`);
		}
	}

	#open(spec: PartSpec): Part {
		switch (spec.kind) {
			case 'writer':
				return new WriterPart(spec, this.#around);
			case 'reader':
				return new ReaderPart(spec, this.#around);
			case 'server':
				return new ServerPart(spec, this.#around);
			case 'client':
				return new ClientPart(spec, this.#around);
			case 'service':
				return new ServicePart(spec, this.#around);
			case 'requester':
				return new RequesterPart(spec, this.#around);
		}
	}

	/** Checks the state of the parts repeatedly, without a look into the rings, and answers when nothing is missing. */
	#wait(missing: (part: Part) => string | undefined, done: Answer): void {
		const look = () => this.#parts.map(missing).find((what) => what !== undefined);
		this.#awaited = look;
		const again = () => {
			if (this.#awaited !== look) return;
			if (look() === undefined) {
				this.#awaited = undefined;
				this.#answer(done);
			} else setTimeout(again, lookEveryMs);
		};
		again();
	}

	async #close(): Promise<void> {
		this.#awaited = () => 'its parts have not closed';
		await Promise.all(this.#parts.map((part) => part.close()));
		clearInterval(this.#telling);
		this.#around.shutdowns.close();
		this.#tellCounts();
		this.#answer({ type: 'closed' });
	}

	#tellCounts(): void {
		const told = this.#counts;
		this.#counts = noCounts();
		this.#answer({ type: 'counts', counts: told, waitsFor: this.#awaited?.() ?? '' });
	}
}
