import { bytes, defineService, json } from 'ringwire';

/** The request is a text as bytes, the response its statistics. */
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
