import type { Peer } from '../base/peer.js';
import type { RequestContext } from './types.js';

/**
 * A request that its handler has not answered yet, which is also the handler's context. Its signal is made on first access,
 * as most handlers do not use it. The property is the object's own, so that `{ ...context }` copies it.
 */
export class RunningRequest implements RequestContext {
	readonly peer: Peer;
	declare readonly signal: AbortSignal;
	#controller: AbortController | undefined;
	#abort: { readonly reason: unknown } | undefined;

	constructor(peer: Peer) {
		this.peer = peer;
		Object.defineProperty(this, 'signal', signalProperty);
	}

	get aborted(): boolean {
		return this.#abort !== undefined;
	}

	abort(reason: unknown): void {
		this.#abort = { reason };
		this.#controller?.abort(reason);
	}

	static signalOf(request: RunningRequest): AbortSignal {
		request.#controller ??= new AbortController();
		if (request.#abort !== undefined) request.#controller.abort(request.#abort.reason);
		return request.#controller.signal;
	}
}

/** One object for all requests. Measured: a getter of its own for each request makes it 10 times as expensive. */
const signalProperty: PropertyDescriptor & ThisType<RunningRequest> = {
	enumerable: true,
	get() {
		return RunningRequest.signalOf(this);
	},
};
