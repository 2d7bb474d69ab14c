/** The messages of the typed trials: a pool of different values. The writer changes each before it is sent, and the reader looks at it. */
import type { Form, Message, Spec } from '../contestants/types.js';
import { type MessagePool, Pool, sumOf } from './payload.js';

/** A tick of a market, 64 bytes as a struct. */
export interface Tick {
	sequence: number;
	at: number;
	symbol: string;
	bid: number;
	ask: number;
	bidSize: number;
	askSize: number;
	venue: number;
	flags: number;
}

/** A small record as programs send it, about 100 bytes as JSON. */
interface Order {
	sequence: number;
	symbol: string;
	side: 'buy' | 'sell';
	price: number;
	quantity: number;
	tags: string[];
}

/** A message with a large body. */
interface Frame {
	header: Order;
	body: Buffer;
}

const count = 256;

/** The pool of a trial. */
export function poolOf({ form, size }: Pick<Spec, 'form' | 'size'>): MessagePool<Message> {
	return form === 'bytes' ? new Pool(size) : new ValuePool(form, size);
}

/** The pool of a form whose messages are values. */
class ValuePool implements MessagePool<Message> {
	readonly #messages: readonly Message[];

	constructor(form: Form, size: number) {
		this.#messages = Array.from({ length: count }, (_, index) => messageAt(form, index, size));
	}

	take(number: number): Message {
		return touched(this.#messages[number % count] as Message, number % count);
	}

	batch(number: number, wanted: number): readonly Message[] {
		const from = number % count;
		const to = Math.min(count, from + wanted);
		for (let index = from; index < to; index++) this.take(index);
		return from === 0 && to === count ? this.#messages : this.#messages.slice(from, to);
	}
}

/** A string cannot be changed. An object gets its number again. */
function touched(message: Message, index: number): Message {
	if (typeof message === 'object') recordOf(message).sequence = sequenceOf(index);
	return message;
}

const isFrame = (message: Message): message is Frame => typeof message === 'object' && 'body' in message;

/** The object with the number of a message. */
const recordOf = (message: object) => (isFrame(message) ? message.header : (message as Tick | Order));

const sequenceOf = (index: number) => 100_000 + index;

function messageAt(form: Form, index: number, size: number): Message {
	if (form === 'framed') return frameOf(index, size);
	if (form === 'text') return `${index} `.padEnd(64, 'a line of text, as a log has it, ');
	return form === 'struct' ? tickOf(index) : orderOf(index);
}

function tickOf(index: number): Tick {
	const bid = 100 + index / 8;
	// Not spread: V8 keeps an object that is made of two spread ones as a dictionary, and no program makes its messages so.
	return {
		sequence: sequenceOf(index),
		at: 1_764_374_400_000 + index,
		symbol: `SYMBOL${index}`,
		bid,
		ask: bid + 0.25,
		bidSize: 100 * index,
		askSize: 50 * index,
		venue: index % 5,
		flags: index,
	};
}

function orderOf(index: number): Order {
	return {
		sequence: sequenceOf(index),
		symbol: `SYM${index}`,
		side: index % 2 === 0 ? 'buy' : 'sell',
		price: 100 + index / 8,
		quantity: 100 + index,
		tags: ['day', 'lit'],
	};
}

function frameOf(index: number, size: number): Frame {
	return { header: orderOf(index), body: Buffer.alloc(size, index & 0x7f) };
}

/** The sums of the messages of a pool, as its reader counts them. */
export function sumsOf({ form, size, step }: Pick<Spec, 'form' | 'size' | 'step'>): readonly number[] {
	if (form === 'bytes') return new Pool(size).messages.map((message) => sumOf(message, step));
	return Array.from({ length: count }, (_, index) => sumOfValue(messageAt(form, index, size), step === 1));
}

/** Looks at the number and the text of a value, or with `everyByte` at all of it. */
export function sumOfValue(message: Message, everyByte: boolean): number {
	if (isFrame(message)) return (sumOfValue(message.header, everyByte) + sumOf(message.body, everyByte ? 1 : 0)) | 0;
	// Messages of protobuf have the name of their type, too.
	if (everyByte)
		return sumOf(
			Buffer.from(JSON.stringify(message, (key, value) => (key === '$typeName' ? undefined : value))),
			1,
		);
	if (typeof message === 'string') return message.charCodeAt(0) + message.charCodeAt(message.length - 1);
	const { sequence, symbol } = message as Tick | Order;
	return (sequence + symbol.length) | 0;
}
