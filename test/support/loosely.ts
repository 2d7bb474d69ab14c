/** Calls as JavaScript makes them, with whatever arguments. */
export function loosely(call: (...args: never[]) => unknown, ...args: readonly unknown[]): unknown {
	return Reflect.apply(call, undefined, args);
}

/** As `loosely`, for a method. */
export function method(of: object, key: string, ...args: readonly unknown[]): unknown {
	return Reflect.apply(Reflect.get(of, key), of, args);
}

/** The exception of a call, or the reason of its rejected promise; undefined without one. */
export async function failureOf(call: () => unknown): Promise<unknown> {
	try {
		await call();
		return undefined;
	} catch (error) {
		return error;
	}
}
