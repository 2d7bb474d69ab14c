import { bytes, defineService, json } from 'ringwire';

/** Text goes there as bytes, what was found out about it comes back. */
export const statistics = defineService({
	name: 'example-rpc',
	request: { codec: bytes() },
	response: { codec: json<Found>() },
});

export interface Found {
	readonly words: number;
	readonly longest: string;
	/** Bytes that are left of it after brotli. */
	readonly compressed: number;
	readonly sha256: string;
}
