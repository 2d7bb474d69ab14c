import { checkInteger, checkObject, type KeysOf } from '../base/check.js';
import { bytes } from '../codecs/bytes.js';
import { describeValue } from '../codecs/describe-value.js';
import type { Codec } from '../codecs/types.js';
import { checkCodec, type LaneSpec, type NameSpec, nameKeys } from './channel.js';
import { type Duplex, duplexOf, laneOf } from './duplex.js';
import { type Frame, frameCodec } from './frame.js';

/**
 * What requests or responses are. A lane that is full makes them wait, and so there is no policy to choose; one may have
 * at most `capacity / 2 - 8` bytes.
 */
export type RequestLane<T> = Pick<LaneSpec<T>, 'codec' | 'capacity' | 'depth'>;
type Coded<T> = RequestLane<T> & { readonly codec: Codec<T> };
type Bytes = RequestLane<Uint8Array> & { readonly codec?: undefined };

export interface ServiceSpec<Request, Response> extends NameSpec {
	readonly request?: RequestLane<Request> | undefined;
	readonly response?: RequestLane<Response> | undefined;
}

/** What a server that answers requests and its clients agree on: a frozen value, for `serve` and `connectService`. */
export interface Service<Request, Response> {
	readonly name: string;
	readonly request: Codec<Request>;
	readonly response: Codec<Response>;
	/** What carries it. */
	readonly duplex: Duplex<Frame, Frame>;
}

const laneKeys: KeysOf<RequestLane<unknown>> = { codec: true, capacity: true, depth: true };
const serviceKeys: KeysOf<ServiceSpec<unknown, unknown>> = { ...nameKeys, request: true, response: true };
const checked = new WeakSet<object>();

/** Checks the description of a service once and for all. Opens nothing. Throws as `defineDuplex` does. */
export function defineService<Request, Response>(
	spec: NameSpec & { readonly request: Coded<Request>; readonly response: Coded<Response> },
): Service<Request, Response>;
export function defineService<Request>(
	spec: NameSpec & { readonly request: Coded<Request>; readonly response?: Bytes | undefined },
): Service<Request, Uint8Array>;
export function defineService<Response>(
	spec: NameSpec & { readonly request?: Bytes | undefined; readonly response: Coded<Response> },
): Service<Uint8Array, Response>;
export function defineService(
	spec: NameSpec & { readonly request?: Bytes | undefined; readonly response?: Bytes | undefined },
): Service<Uint8Array, Uint8Array>;
export function defineService(spec: ServiceSpec<unknown, unknown>): Service<unknown, unknown> {
	checkObject('service', spec, serviceKeys);
	const half = (option: 'request' | 'response') => {
		const { codec = bytes(), capacity, depth } = laneOf(option, spec[option], laneKeys).lane;
		checkCodec(codec, `${option}.`);
		return { codec, named: { option, lane: { codec: frameCodec(codec.id), capacity, depth } } };
	};
	const request = half('request');
	const response = half('response');
	const duplex = duplexOf(spec, request.named, response.named);
	const service = Object.freeze({ name: duplex.name, request: request.codec, response: response.codec, duplex });
	checked.add(service);
	return service;
}

/** What `serve` and `connectService` were given. */
export function checkService<Request, Response>(service: Service<Request, Response>): Service<Request, Response> {
	if (checked.has(service)) return service;
	throw new TypeError(`service: got ${describeValue(service)}, must be what defineService gave`);
}

/** How many requests `serve` and `connectService` allow at a time, to one client. */
export function checkInFlight(inFlightMax = 1024): number {
	return checkInteger('inFlightMax', inFlightMax, { min: 1, max: 2 ** 20, unit: 'requests' });
}
