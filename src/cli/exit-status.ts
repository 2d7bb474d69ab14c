import { RingwireError, reasonOf } from '../base/errors.js';
import { Interrupted } from './interruption.js';

/** What scripts can tell apart. A command that a signal ended answers 128 + its number, so 130 after Ctrl-C. */
export const ExitStatus = {
	success: 0,
	failure: 1,
	usage: 2,
	/** A peer went before everything had been said or read: what arrived is not all. */
	peerDied: 3,
	/** A peer was there, but the two sides do not agree on the channel. */
	refused: 4,
} as const;

export function statusOf(error: unknown): number {
	if (error instanceof Interrupted) return error.status;
	if (error instanceof RingwireError) {
		switch (error.code) {
			case 'ERR_RINGWIRE_PEER_DIED':
			case 'ERR_RINGWIRE_CORRUPT':
				return ExitStatus.peerDied;
			case 'ERR_RINGWIRE_MISMATCH':
			case 'ERR_RINGWIRE_VERSION':
				return ExitStatus.refused;
			default:
				return ExitStatus.failure;
		}
	}
	// Who reads our output has seen enough, as in `ringwire read NAME | head`.
	return codeOf(error) === 'EPIPE' ? ExitStatus.success : ExitStatus.failure;
}

/** One line for people: the message, and the code where the message does not name it. */
export function explain(error: unknown): string {
	if (!(error instanceof Error)) return reasonOf(error);
	const code = codeOf(error);
	const text = error.message.replaceAll(/\s*\n\s*/g, ' ');
	return code === undefined || text.includes(code) ? text : `${text} (${code})`;
}

function codeOf(error: unknown): string | undefined {
	const code = error instanceof Error && 'code' in error ? error.code : undefined;
	return typeof code === 'string' ? code : undefined;
}
