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
	/** Its size in bytes after brotli. */
	readonly compressed: number;
	readonly sha256: string;
}
