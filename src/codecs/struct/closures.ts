import type { Accessor, StructAccessor } from './accessor.js';
import type { ArrayShape, StructShape } from './compound.js';
import type { PlacedField } from './description.js';
import { joinPath, publicError, within } from './field-failure.js';
import { ArrayMemory } from './fields/array-view.js';
import { elementsOf, refuseMessage } from './refusals.js';

/** The accessor of an array as a loop over its elements. */
export function arrayByClosures({ element, count }: ArrayShape): Accessor {
	const { accessor, byteLength } = element;
	return {
		read(view, bytes, at) {
			const values: unknown[] = [];
			for (let index = 0; index < count; index += 1) {
				try {
					values.push(accessor.read(view, bytes, at + index * byteLength));
				} catch (exception) {
					throw within(exception, `[${index}]`);
				}
			}
			return values;
		},
		write(view, bytes, at, value) {
			const values = elementsOf(value, count);
			for (let index = 0; index < count; index += 1) {
				try {
					accessor.write(view, bytes, at + index * byteLength, values[index]);
				} catch (exception) {
					throw within(exception, `[${index}]`);
				}
			}
		},
		look: (view, bytes, at, path) => new ArrayMemory(element, count, view, bytes, at, path),
	};
}

/** The accessor of a struct as a loop over its fields. */
export function structByClosures({ fields, padding }: StructShape): StructAccessor {
	const View = viewClass(fields);
	return {
		read(view, bytes, at) {
			const message: Record<string, unknown> = {};
			for (const { name, offset, type } of fields) {
				try {
					message[name] = type.accessor.read(view, bytes, at + offset);
				} catch (exception) {
					throw within(exception, name);
				}
			}
			return message;
		},
		write(view, bytes, at, message) {
			if (typeof message !== 'object' || message === null) refuseMessage(message);
			else {
				for (const { name, offset, type } of fields) {
					try {
						type.accessor.write(view, bytes, at + offset, Reflect.get(message, name));
					} catch (exception) {
						throw within(exception, name);
					}
				}
				for (const { offset, byteLength } of padding) bytes.fill(0, at + offset, at + offset + byteLength);
			}
		},
		look: (view, bytes, at, path) => new View(view, bytes, at, path),
	};
}

/** The class of the accessor objects of a struct: a getter and a setter for each field. */
function viewClass(fields: readonly PlacedField[]) {
	class StructView {
		[name: string]: unknown;
		readonly #view: DataView;
		readonly #bytes: Buffer;
		readonly #at: number;
		readonly #path: string;

		constructor(view: DataView, bytes: Buffer, at: number, path: string) {
			this.#view = view;
			this.#bytes = bytes;
			this.#at = at;
			this.#path = path;
		}

		static get(self: StructView, { name, offset, type }: PlacedField): unknown {
			const path = joinPath(self.#path, name);
			try {
				return type.accessor.look(self.#view, self.#bytes, self.#at + offset, path);
			} catch (exception) {
				throw publicError(exception, path);
			}
		}

		static set(self: StructView, { name, offset, type }: PlacedField, value: unknown): void {
			try {
				type.accessor.write(self.#view, self.#bytes, self.#at + offset, value);
			} catch (exception) {
				throw publicError(exception, joinPath(self.#path, name));
			}
		}
	}
	for (const field of fields) {
		Object.defineProperty(StructView.prototype, field.name, {
			enumerable: true,
			configurable: true,
			get(this: StructView) {
				return StructView.get(this, field);
			},
			set(this: StructView, value: unknown) {
				StructView.set(this, field, value);
			},
		});
	}
	return StructView;
}
