import type { NativeFailure } from '../native/boundary.js';
import { describePeer, type Peer } from './peer.js';
import { shareClass } from './shared-class.js';

const codes = [
	'ERR_RINGWIRE_INVALID_NAME',
	'ERR_RINGWIRE_EXISTS',
	'ERR_RINGWIRE_ACCESS',
	'ERR_RINGWIRE_MISMATCH',
	'ERR_RINGWIRE_VERSION',
	'ERR_RINGWIRE_CORRUPT',
	'ERR_RINGWIRE_TOO_LARGE',
	'ERR_RINGWIRE_FULL',
	'ERR_RINGWIRE_TIMEOUT',
	'ERR_RINGWIRE_BUSY',
	'ERR_RINGWIRE_CLOSED',
	'ERR_RINGWIRE_PEER_DIED',
	'ERR_RINGWIRE_DECODE',
	'ERR_RINGWIRE_ENCODE',
	'ERR_RINGWIRE_HANDLER',
	'ERR_RINGWIRE_LIMIT',
	'ERR_RINGWIRE_UNSUPPORTED',
	'ERR_RINGWIRE_SYSTEM',
] as const;

/**
 * Stable names of what can go wrong; `docs/errors.md` has a heading for each. The message is for people and may change.
 */
export type RingwireErrorCode = (typeof codes)[number];

export interface RingwireErrorDetails {
	readonly cause?: unknown;
	readonly channel?: string | undefined;
	readonly peer?: Peer | undefined;
	readonly syscall?: string | undefined;
	/** A positive number. */
	readonly errno?: number | undefined;
	/** How many messages of a batch had been accepted before the one that failed. */
	readonly accepted?: number | undefined;
}

/**
 * The one error class of ringwire. The functions of this file make all of them. Wrong arguments are TypeError or RangeError instead, and what is aborted rejects
 * with `signal.reason`. A detail that does not apply is absent.
 */
export class RingwireError extends Error {
	static {
		shareClass(RingwireError, Symbol.for('ringwire 0.1 RingwireError'));
	}

	override readonly name = 'RingwireError';
	readonly code: RingwireErrorCode;
	declare readonly channel?: string;
	declare readonly peer?: Peer;
	declare readonly syscall?: string;
	declare readonly errno?: number;
	declare readonly accepted?: number;

	constructor(code: RingwireErrorCode, message: string, details: RingwireErrorDetails = {}) {
		const { cause, channel, peer, syscall, errno, accepted } = details;
		super(message, 'cause' in details ? { cause } : undefined);
		this.code = code;
		if (channel !== undefined) this.channel = channel;
		if (peer !== undefined) this.peer = peer;
		if (syscall !== undefined) this.syscall = syscall;
		if (errno !== undefined) this.errno = errno;
		if (accepted !== undefined) this.accepted = accepted;
	}
}

/** An error of a channel. Its message begins with the channel's name. */
export function channelError(
	code: RingwireErrorCode,
	channel: string,
	what: string,
	details: RingwireErrorDetails = {},
): RingwireError {
	return new RingwireError(code, `channel "${channel}": ${what}`, { ...details, channel });
}

/** As `channelError`, for a client or server of requests: its message begins with the service's name. */
export function serviceError(
	code: RingwireErrorCode,
	service: string,
	what: string,
	details: RingwireErrorDetails = {},
): RingwireError {
	return new RingwireError(code, `service "${service}": ${what}`, { ...details, channel: service });
}

/** As `channelError`, for an error that is sent to a peer: the peer puts the name before the message. */
export function errorForPeer(code: RingwireErrorCode, what: string, details: RingwireErrorDetails = {}): RingwireError {
	return new RingwireError(code, what, details);
}

/** The error of a batch: `error` with a note about the batch, and the number of messages that were accepted. */
export function batchError(error: RingwireError, note: string, accepted: number): RingwireError {
	const { code, message, ...details } = error;
	const cause = 'cause' in error ? { cause: error.cause } : {};
	return new RingwireError(code, `${message} (${note})`, { ...details, ...cause, accepted });
}

/** The public error for a failure of the addon or its loader. It names the channel, and the peer if there is one. */
export function errorFrom(failure: NativeFailure, channel?: string, peer?: Peer): RingwireError {
	const { syscall, errno } = failure;
	const details: RingwireErrorDetails = { channel, peer, syscall, errno };
	const cause = failure instanceof Error ? failure.cause : undefined;
	const peerText = peer === undefined ? '' : `, ${describePeer(peer)}`;
	const where = channel === undefined ? '' : `channel "${channel}"${peerText}: `;
	return new RingwireError(
		codeFrom(failure.code),
		`${where}${failure.message}`,
		cause === undefined ? details : { ...details, cause },
	);
}

/** A code that another version may have made; one that is not known here is SYSTEM. */
export function codeFrom(text: string): RingwireErrorCode {
	return codes.find((code) => code === text) ?? 'ERR_RINGWIRE_SYSTEM';
}

/** Runs one of the calls of the addon that throw. */
export function attempt<R>(call: () => R, channel?: string): R {
	try {
		return call();
	} catch (failure) {
		throw isFailure(failure) ? errorFrom(failure, channel) : failure;
	}
}

/** The text of an exception or of an abort reason, for the message of another error. Never throws, whatever the value is. */
export function reasonOf(exception: unknown): string {
	try {
		return String(exception instanceof Error ? exception.message : exception);
	} catch {
		return 'a value without text';
	}
}

function isFailure(value: unknown): value is NativeFailure {
	return (
		typeof value === 'object' &&
		value !== null &&
		'code' in value &&
		typeof value.code === 'string' &&
		value.code.startsWith('ERR_RINGWIRE_') &&
		'message' in value
	);
}
