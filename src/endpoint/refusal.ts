import type { RingwireError, RingwireErrorCode } from '../base/errors.js';

const refusals: readonly RingwireErrorCode[] = [
	'ERR_RINGWIRE_MISMATCH',
	'ERR_RINGWIRE_VERSION',
	'ERR_RINGWIRE_ACCESS',
	'ERR_RINGWIRE_LIMIT',
];

/** Whether it is the error of a link that was refused: waiting does not help. */
export function isRefusal({ code }: RingwireError): boolean {
	return refusals.includes(code);
}
