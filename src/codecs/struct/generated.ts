import type { Accessor, StructAccessor } from './accessor.js';
import type { ArrayShape, StructShape } from './compound.js';
import type { Description, Padding } from './description.js';
import { joinPath, publicError, within } from './field-failure.js';
import { ArrayMemory } from './fields/array-view.js';
import { elementsOf, refuseMessage } from './refusals.js';

/**
 * Accessors of arrays and structs as code of their own, so that the engine compiles each definition for itself. Names of fields have been checked:
 * they are letters, digits and underscores. Throws EvalError where the process forbids code generation from strings.
 */
export function generateArray({ element, count }: ArrayShape): Accessor {
	const at = `at + index * ${element.byteLength}`;
	const { read, write }: Pick<Accessor, 'read' | 'write'> = run(
		[element],
		`return {
			read(view, bytes, at) {
				const values = [];
				let index = 0;
				try {
					for (; index < ${count}; index += 1) values.push(${readOf(element, 0, at)});
				} catch (exception) {
					throw within(exception, '[' + index + ']');
				}
				return values;
			},
			write(view, bytes, at, value) {
				const values = elementsOf(value, ${count});
				let index = 0;
				try {
					for (; index < ${count}; index += 1) {
						const value0 = values[index];
						${writeOf(element, 0, at)}
					}
				} catch (exception) {
					throw within(exception, '[' + index + ']');
				}
			},
		};`,
	);
	return { read, write, look: (view, bytes, at, path) => new ArrayMemory(element, count, view, bytes, at, path) };
}

export function generateStruct({ fields, padding }: StructShape): StructAccessor {
	const types = fields.map(({ type }) => type);
	const names = JSON.stringify(fields.map(({ name }) => name));
	const properties = fields.map(({ name, offset, type }, index) => {
		const value = readOf(type, index, `at + ${offset}`);
		return `${name}: ${type.kind === 'leaf' && type.inline !== undefined ? value : `(field = ${index}, ${value})`},`;
	});
	const stores = fields.map(
		({ name, offset, type }, index) => `field = ${index};
			const value${index} = message.${name};
			${writeOf(type, index, `at + ${offset}`)}`,
	);
	const accessors = fields.map(({ name, offset, type }, index) => {
		const inlined = type.kind === 'leaf' ? type.inline?.read(`this.#at + ${offset}`) : undefined;
		const path = `joinPath(this.#path, '${name}')`;
		return `get ['${name}']() {
				const view = this.#view;
				${
					inlined !== undefined
						? `return ${inlined};`
						: `try {
					return look${index}(view, this.#bytes, this.#at + ${offset}, ${type.kind === 'leaf' ? "''" : path});
				} catch (exception) {
					throw publicError(exception, ${path});
				}`
				}
			}
			set ['${name}'](value${index}) {
				const view = this.#view, bytes = this.#bytes;
				try {
					${writeOf(type, index, `this.#at + ${offset}`)}
				} catch (exception) {
					throw publicError(exception, ${path});
				}
			}`;
	});
	return run(
		types,
		`const names = ${names};
		class StructView {
			#view; #bytes; #at; #path;
			constructor(view, bytes, at, path) {
				this.#view = view;
				this.#bytes = bytes;
				this.#at = at;
				this.#path = path;
			}
			${accessors.join('\n')}
		}
		for (const name of names) Object.defineProperty(StructView.prototype, name, { enumerable: true });
		return {
			read(view, bytes, at) {
				let field = 0;
				try {
					return { ${properties.join('\n')} };
				} catch (exception) {
					throw within(exception, names[field]);
				}
			},
			write(view, bytes, at, message) {
				if (typeof message !== 'object' || message === null) refuseMessage(message);
				let field = 0;
				try {
					${stores.join('\n')}
				} catch (exception) {
					throw within(exception, names[field]);
				}
				${padding.map(zeroesOf).join('\n')}
			},
			look: (view, bytes, at, path) => new StructView(view, bytes, at, path),
		};`,
	);
}

/** An expression for the value at a position, given as an expression too. */
function readOf(type: Description, index: number, at: string): string {
	const inlined = type.kind === 'leaf' ? type.inline?.read(at) : undefined;
	return inlined ?? `read${index}(view, bytes, ${at})`;
}

/** Statements that write the variable `value<index>`. */
function writeOf(type: Description, index: number, at: string): string {
	const value = `value${index}`;
	const inline = type.kind === 'leaf' ? type.inline : undefined;
	if (inline === undefined) return `write${index}(view, bytes, ${at}, ${value});`;
	return `if (!(${inline.accepts(value)})) refuse${index}(${value});
			${inline.write(at, value)};`;
}

/** Padding has at most 7 bytes. */
function zeroesOf({ offset, byteLength }: Padding): string {
	return Array.from({ length: byteLength }, (_, index) => `view.setUint8(at + ${offset + index}, 0);`).join(' ');
}

const helpers = { within, publicError, joinPath, elementsOf, refuseMessage };

/** Runs code in which the functions of type i are `read<i>`, `write<i>`, `look<i>` and `refuse<i>`. */
function run(types: readonly Description[], code: string): StructAccessor {
	const source = `'use strict';
		const { ${Object.keys(helpers).join(', ')} } = helpers;
		${types.map(functionsOf).join('\n')}
		${code}`;
	return new Function('types', 'helpers', source)(types, helpers);
}

function functionsOf(type: Description, index: number): string {
	const accessor = `types[${index}].accessor`;
	const names = `read: read${index}, write: write${index}, look: look${index}`;
	if (type.kind !== 'leaf') return `const { ${names} } = ${accessor};`;
	const own = type.code === undefined ? accessor : `((general) => (${type.code}))(${accessor})`;
	const refuse = type.inline === undefined ? '' : `, refuse${index} = types[${index}].inline.refuse`;
	return `const { ${names} } = ${own}${refuse};`;
}
