import { RingwireError } from '../channel/errors.js';

/** What an Observable fails with when somebody has closed its reader. */
export function closedUnder({ name: channel }: { readonly name: string }): RingwireError {
	const what = `channel "${channel}": the reader was closed under its Observable`;
	return new RingwireError('ERR_RINGWIRE_CLOSED', what, { channel });
}
