import { checkDefinition, checkInteger, checkObject, type KeysOf } from '../base/check.js';
import { type BytesLike, bytes } from '../codecs/bytes.js';
import { checkCodec } from '../codecs/check-codec.js';
import type { Codec } from '../codecs/types.js';
import { capacityRange, type LaneOptions, type NameSpec, nameKeys } from './channel.js';
import { type Duplex, duplexOf, laneOf } from './duplex.js';
import { type Frame, frameCodec, frameHeaderBytes, type ReceivedFrame } from './frame.js';

/** The sizes of the lane of requests or responses. */
type ServiceLaneOptions = Pick<LaneOptions, 'capacity' | 'depth'>;

/**
 * Requests or responses: their codec and the sizes of their lane. A full lane makes them wait, so there is no overflow
 * policy. A message has at most `capacity / 2 - 8` bytes.
 */
export interface ServiceLaneSpec<In, Out = In> extends ServiceLaneOptions {
	readonly codec: Codec<In, Out>;
}

interface BytesServiceLaneSpec extends ServiceLaneOptions {
	readonly codec?: undefined;
}

/** The argument of `defineService`. Requests or responses that are left out have the default sizes and the codec `bytes()`. */
export interface ServiceSpec<RequestIn, ResponseIn, RequestOut = RequestIn, ResponseOut = ResponseIn> extends NameSpec {
	readonly request: ServiceLaneSpec<RequestIn, RequestOut>;
	readonly response: ServiceLaneSpec<ResponseIn, ResponseOut>;
}

type AnyLane = ServiceLaneSpec<never, unknown> | BytesServiceLaneSpec;

interface AnyServiceSpec extends NameSpec {
	readonly request?: AnyLane | undefined;
	readonly response?: AnyLane | undefined;
}

/** One direction of a service, with its defaults filled in. */
export interface ServiceLane<In, Out = In> {
	readonly codec: Codec<In, Out>;
	readonly capacity: number;
	readonly depth: number;
}

/**
 * The contract of a server that answers requests and its clients: clients send `RequestIn` and receive `ResponseOut`, the
 * handler receives `RequestOut` and returns `ResponseIn`. A frozen value that holds no resources, for `serve` and
 * `connectService`.
 */
export interface Service<RequestIn, ResponseIn, RequestOut = RequestIn, ResponseOut = ResponseIn> {
	readonly name: string;
	readonly request: ServiceLane<RequestIn, RequestOut>;
	readonly response: ServiceLane<ResponseIn, ResponseOut>;
	readonly group: number | undefined;
}

const laneKeys: KeysOf<AnyLane> = { codec: true, capacity: true, depth: true };
const serviceKeys: KeysOf<AnyServiceSpec> = { ...nameKeys, request: true, response: true };

type FrameDuplex = Duplex<Frame, Frame, ReceivedFrame, ReceivedFrame>;

/** The duplex channel of each service that was made here. */
const duplexes = new WeakMap<object, FrameDuplex>();

/** Defines a service. Checks every option once and opens nothing. Throws as `defineDuplex` does. */
export function defineService<RequestIn, ResponseIn, RequestOut = RequestIn, ResponseOut = ResponseIn>(
	spec: ServiceSpec<RequestIn, ResponseIn, RequestOut, ResponseOut>,
): Service<RequestIn, ResponseIn, RequestOut, ResponseOut>;
export function defineService<RequestIn, RequestOut = RequestIn>(
	spec: NameSpec & {
		readonly request: ServiceLaneSpec<RequestIn, RequestOut>;
		readonly response?: BytesServiceLaneSpec | undefined;
	},
): Service<RequestIn, BytesLike, RequestOut, Buffer>;
export function defineService<ResponseIn, ResponseOut = ResponseIn>(
	spec: NameSpec & {
		readonly request?: BytesServiceLaneSpec | undefined;
		readonly response: ServiceLaneSpec<ResponseIn, ResponseOut>;
	},
): Service<BytesLike, ResponseIn, Buffer, ResponseOut>;
export function defineService(
	spec: NameSpec & {
		readonly request?: BytesServiceLaneSpec | undefined;
		readonly response?: BytesServiceLaneSpec | undefined;
	},
): Service<BytesLike, BytesLike, Buffer, Buffer>;
export function defineService(spec: AnyServiceSpec): Service<never, never, unknown, unknown> {
	checkObject('service', spec, serviceKeys);
	const half = (option: 'request' | 'response') => {
		const { codec = bytes(), capacity, depth } = laneOf(option, spec[option], laneKeys).lane;
		checkCodec(`${option}.codec`, codec);
		return { codec, named: { option, lane: { codec: frameCodec(codec), capacity, depth } } };
	};
	const request = half('request');
	const response = half('response');
	const duplex = duplexOf(spec, request.named, response.named);
	const { name, toServer, toClient, group } = duplex;
	const service = Object.freeze({
		name,
		request: Object.freeze({ codec: request.codec, capacity: toServer.capacity, depth: toServer.depth }),
		response: Object.freeze({ codec: response.codec, capacity: toClient.capacity, depth: toClient.depth }),
		group,
	});
	duplexes.set(service, duplex);
	return service;
}

/** Returns the argument of `serve` or `connectService`. A service that this copy of `defineService` did not make is checked again. */
export function checkService<RequestIn, ResponseIn, RequestOut, ResponseOut>(
	service: Service<RequestIn, ResponseIn, RequestOut, ResponseOut>,
): Service<RequestIn, ResponseIn, RequestOut, ResponseOut> {
	if (duplexes.has(service)) return service;
	return defineService(checkDefinition('service', service, serviceKeys, 'the result of defineService'));
}

/** The duplex channel that carries the frames of a service. The service must be the result of `checkService`. */
export function duplexOfService(service: Service<never, never, unknown, unknown>): FrameDuplex {
	const duplex = duplexes.get(service);
	if (duplex === undefined) throw new TypeError('the service was not checked');
	return duplex;
}

/**
 * `messageMax`: the largest request or response in bytes that one side accepts. Returns that of its frames, which is the limit
 * of a connection's reader.
 */
export function checkFrameMax(messageMax: number | undefined): number | undefined {
	if (messageMax === undefined) return undefined;
	const range = { min: 1, max: capacityRange.max / 2 - frameHeaderBytes, unit: 'bytes' };
	return checkInteger('messageMax', messageMax, range) + frameHeaderBytes;
}

/** `inFlightMax`: the number of requests that one client may have in flight. */
export function checkInFlight(inFlightMax = 1024): number {
	return checkInteger('inFlightMax', inFlightMax, { min: 1, max: 2 ** 20, unit: 'requests' });
}
