import { RingwireError, reasonOf } from '../base/errors.js';
import { Interrupted } from './interruption.js';

/** Exit statuses. A command that was ended by a signal exits with 128 + its number, so with 130 after Ctrl-C. */
export const ExitStatus = {
	success: 0,
	failure: 1,
	usage: 2,
	/** A peer left or died early: the transfer is incomplete. */
	peerDied: 3,
	/** The other side defines the channel differently, or has another version. */
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
	// The reader of standard output has closed it, as in `ringwire read NAME | head`.
	return codeOf(error) === 'EPIPE' ? ExitStatus.success : ExitStatus.failure;
}

/** One line of text: the message, and the code if the message does not contain it. */
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
