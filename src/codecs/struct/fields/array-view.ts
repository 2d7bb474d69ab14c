import { describeValue } from '../../describe-value.js';
import type { Description } from '../description.js';
import { publicError } from '../field-failure.js';

/**
 * The elements of an array field in existing memory. `get` returns the accessor object of an element that is a struct or an array, and the value of
 * any other. Both methods throw RangeError for an index outside of the array.
 */
export interface ArrayView<in In, out Element> extends Iterable<Element> {
	readonly length: number;
	get(index: number): Element;
	set(index: number, value: In): void;
}

export class ArrayMemory implements ArrayView<unknown, unknown> {
	readonly #element: Description;
	readonly #view: DataView;
	readonly #bytes: Buffer;
	readonly #at: number;
	readonly #path: string;
	readonly length: number;

	constructor(element: Description, length: number, view: DataView, bytes: Buffer, at: number, path: string) {
		this.#element = element;
		this.length = length;
		this.#view = view;
		this.#bytes = bytes;
		this.#at = at;
		this.#path = path;
	}

	get(index: number): unknown {
		const at = this.#position(index);
		const path = `${this.#path}[${index}]`;
		try {
			return this.#element.accessor.look(this.#view, this.#bytes, at, path);
		} catch (exception) {
			throw publicError(exception, path);
		}
	}

	set(index: number, value: unknown): void {
		const at = this.#position(index);
		try {
			this.#element.accessor.write(this.#view, this.#bytes, at, value);
		} catch (exception) {
			throw publicError(exception, `${this.#path}[${index}]`);
		}
	}

	*[Symbol.iterator](): IterableIterator<unknown> {
		for (let index = 0; index < this.length; index += 1) yield this.get(index);
	}

	#position(index: unknown): number {
		if (typeof index === 'number' && Number.isInteger(index) && index >= 0 && index < this.length) {
			return this.#at + index * this.#element.byteLength;
		}
		const kind = typeof index === 'number' ? RangeError : TypeError;
		throw new kind(
			`${this.#path}: got index ${describeValue(index)}, must be an integer from 0 to ${this.length - 1}`,
		);
	}
}
