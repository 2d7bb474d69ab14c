import { reasonOf } from '../base/errors.js';
import { shareClass } from '../base/shared-class.js';
import { describeValue } from '../codecs/describe-value.js';

/** The part of an exception that is sent to the client. */
interface Failure {
	readonly name: string;
	readonly message: string;
	readonly code?: string;
	readonly data?: unknown;
}

/** Longer messages are cut. */
const messageLengthMax = 8 * 1024;

/**
 * The exception of a request handler, as the client gets it. `name`, `message` and `code` are those of the exception. `data` is its
 * `data` as JSON carries it, and is absent if JSON cannot.
 */
export class RemoteError extends Error {
	static {
		shareClass(RemoteError, Symbol.for('ringwire 0.1 RemoteError'));
	}

	declare readonly code?: string;
	declare readonly data?: unknown;

	constructor({ name, message, code, data }: Failure) {
		super(message);
		Object.defineProperty(this, 'name', { value: name, configurable: true, writable: true });
		if (code !== undefined) this.code = code;
		if (data !== undefined) this.data = data;
	}
}

/** The exception in at most `lengthMax` bytes: without `data` if JSON has no form for it, and with less if there is no room. */
export function encodeFailure(exception: unknown, lengthMax: number): Buffer {
	const full = failureOf(exception);
	const { name, message, code } = full;
	const withoutData = code === undefined ? { name, message } : { name, message, code };
	for (const failure of [full, withoutData, { name, message }]) {
		const bytes = jsonOf(failure);
		if (bytes !== undefined && bytes.byteLength <= lengthMax) return bytes;
	}
	return Buffer.from(JSON.stringify({ name: 'Error', message: message.slice(0, Math.floor(lengthMax / 8)) }));
}

/** Throws for bytes that `encodeFailure` did not make. */
export function decodeFailure(bytes: Buffer): RemoteError {
	const found: unknown = JSON.parse(bytes.toString());
	if (typeof found !== 'object' || found === null) throw new TypeError('a failure must be an object');
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

/** Never throws, although any access to the exception may. */
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
