import { reasonOf } from '../base/errors.js';
import { describeValue } from '../codecs/describe-value.js';

/** What travels of an exception. */
interface Failure {
	readonly name: string;
	readonly message: string;
	readonly code?: string;
	readonly data?: unknown;
}

/** Shorter than that it is of no use; longer than that it is no message. */
const messageLengthMax = 8 * 1024;

/**
 * What a request handler threw or rejected with, at the client. `name`, `message` and `code` are those of that exception,
 * and `data` is what its `data` was, as far as JSON carries it.
 */
export class RemoteError extends Error {
	declare readonly code?: string;
	declare readonly data?: unknown;

	constructor({ name, message, code, data }: Failure) {
		super(message);
		Object.defineProperty(this, 'name', { value: name, configurable: true, writable: true });
		if (code !== undefined) this.code = code;
		if (data !== undefined) this.data = data;
	}
}

/** At most `lengthMax` bytes, for which less and less is told. */
export function encodeFailure(exception: unknown, lengthMax: number): Buffer {
	const full = failureOf(exception);
	const { name, message } = full;
	for (const failure of [full, { name, message }]) {
		const bytes = jsonOf(failure);
		if (bytes !== undefined && bytes.byteLength <= lengthMax) return bytes;
	}
	return Buffer.from(JSON.stringify({ name: 'Error', message: message.slice(0, Math.floor(lengthMax / 8)) }));
}

/** Throws for bytes that are none of `encodeFailure`. */
export function decodeFailure(bytes: Buffer): RemoteError {
	const found: unknown = JSON.parse(bytes.toString());
	if (typeof found !== 'object' || found === null) throw new TypeError('a failure is no object');
	const text = (key: string): string | undefined => {
		const value: unknown = Reflect.get(found, key);
		return typeof value === 'string' ? value : undefined;
	};
	const code = text('code');
	const data: unknown = Reflect.get(found, 'data');
	const failure = { name: text('name') ?? 'Error', message: text('message') ?? '' };
	return new RemoteError({
		...failure,
		...(code === undefined ? {} : { code }),
		...(data === undefined ? {} : { data }),
	});
}

/** Does not throw, though what was thrown may do so wherever it is looked at. */
function failureOf(exception: unknown): Failure {
	try {
		if (exception instanceof Error) return failureOfError(exception);
		return { name: 'Error', message: typeof exception === 'string' ? exception : describeValue(exception) };
	} catch {
		return { name: 'Error', message: reasonOf(exception) };
	}
}

function failureOfError(error: Error): Failure {
	const name: unknown = error.name;
	const code: unknown = Reflect.get(error, 'code');
	const data: unknown = Reflect.get(error, 'data');
	return {
		name: typeof name === 'string' ? name : 'Error',
		message: reasonOf(error).slice(0, messageLengthMax),
		...(typeof code === 'string' || typeof code === 'number' ? { code: String(code) } : {}),
		...(data === undefined ? {} : { data }),
	};
}

/** Undefined when JSON has no form for it. */
function jsonOf(failure: Failure): Buffer | undefined {
	try {
		return Buffer.from(JSON.stringify(failure));
	} catch {
		return undefined;
	}
}
