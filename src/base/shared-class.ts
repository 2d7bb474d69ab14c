/**
 * A process can load several copies of the package: one by `require` and one by `import` in tools that keep them apart, or one for each of two
 * dependencies. `instanceof` and the symbols of the package are the same for all copies of one minor version, so that a handle of one copy can
 * be given to the adapters of another. Every such name begins with `ringwire` and that version.
 */

type Class = abstract new (...args: never) => object;

/** Makes `instanceof` of this class, and of no subclass, accept the instances of other copies. For a static block of the class. */
export function shareClass(ours: Class, brand: symbol): void {
	const isBranded = (value: unknown): boolean => typeof value === 'object' && value !== null && brand in value;
	Object.defineProperty(ours.prototype, brand, { value: true });
	Object.defineProperty(ours, Symbol.hasInstance, {
		value(this: unknown, value: unknown): boolean {
			return this === ours ? isBranded(value) : Function.prototype[Symbol.hasInstance].call(this, value);
		},
	});
}
