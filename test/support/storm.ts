import { defineService, json } from 'ringwire';

export interface StormRequest {
	readonly n: number;
	readonly does: 'echo' | 'later' | 'fail' | 'never';
}

/** Small lanes, so that requests and responses have to wait for room. */
export function stormService(name: string) {
	const lane = { capacity: 64 * 1024, depth: 64 };
	return defineService({
		name,
		request: { codec: json<StormRequest>(), ...lane },
		response: { codec: json<number>(), ...lane },
	});
}
