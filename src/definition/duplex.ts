import { checkDefinition, checkObject, checkOptions, type KeysOf } from '../base/check.js';
import type { Codec } from '../codecs/types.js';
import type { NativeDuplexContract } from '../native/boundary.js';
import {
	type Channel,
	channelKeys,
	channelOf,
	checkGroup,
	checkName,
	type LaneSpec,
	laneKeys,
	type NameSpec,
	nameKeys,
	runTimeFolder,
} from './channel.js';

/** Each direction has its own codec, policy and sizes; what is left out is as for `defineChannel`. */
export interface DuplexSpec<ToServer, ToClient> extends NameSpec {
	/** What clients write and the server reads. */
	readonly toServer?: LaneSpec<ToServer> | undefined;
	/** What the server writes and clients read. */
	readonly toClient?: LaneSpec<ToClient> | undefined;
}

type Coded<T> = LaneSpec<T> & { readonly codec: Codec<T> };
type Bytes = LaneSpec<Uint8Array> & { readonly codec?: undefined };

/**
 * What a server and its clients agree on. Name, codec ids and overflow policies must be the same on both sides. A frozen
 * value that holds nothing. Its two halves are described like channels, but only `listen` and `connect` open them: the
 * name belongs to one kind of channel at a time.
 */
export interface Duplex<ToServer, ToClient> {
	readonly name: string;
	readonly toServer: Channel<ToServer>;
	readonly toClient: Channel<ToClient>;
	readonly group: number | undefined;
}

const duplexKeys: KeysOf<DuplexSpec<unknown, unknown>> = { ...nameKeys, toServer: true, toClient: true };
const checked = new WeakSet<object>();

/**
 * Checks the description of a server and its clients once and for all. Opens nothing. Throws as `defineChannel` does; an
 * option of one direction is named `toServer.capacity`, for instance.
 */
export function defineDuplex<ToServer, ToClient>(
	spec: NameSpec & { readonly toServer: Coded<ToServer>; readonly toClient: Coded<ToClient> },
): Duplex<ToServer, ToClient>;
export function defineDuplex<ToServer>(
	spec: NameSpec & { readonly toServer: Coded<ToServer>; readonly toClient?: Bytes | undefined },
): Duplex<ToServer, Uint8Array>;
export function defineDuplex<ToClient>(
	spec: NameSpec & { readonly toServer?: Bytes | undefined; readonly toClient: Coded<ToClient> },
): Duplex<Uint8Array, ToClient>;
export function defineDuplex(
	spec: NameSpec & { readonly toServer?: Bytes | undefined; readonly toClient?: Bytes | undefined },
): Duplex<Uint8Array, Uint8Array>;
export function defineDuplex(spec: DuplexSpec<unknown, unknown>): Duplex<unknown, unknown> {
	const { toServer, toClient } = checkObject('duplex', spec, duplexKeys);
	return duplexOf(spec, laneOf('toServer', toServer, laneKeys), laneOf('toClient', toClient, laneKeys));
}

/** One direction of a description; an absent one has the defaults. */
export function laneOf<L extends object>(option: string, lane: L | undefined, known: KeysOf<NoInfer<L>>): NamedLane<L> {
	return { option, lane: checkOptions(option, lane, known) };
}

interface NamedLane<L> {
	/** What it is called in errors. */
	readonly option: string;
	readonly lane: L | Record<string, never>;
}

/** Checks it all. */
export function duplexOf<A, B>(
	{ name, group }: NameSpec,
	toServer: NamedLane<LaneSpec<A>>,
	toClient: NamedLane<LaneSpec<B>>,
): Duplex<A, B> {
	checkName(name);
	checkGroup(group);
	const duplex = Object.freeze({
		name,
		toServer: channelOf(name, group, toServer.lane, `${toServer.option}.`),
		toClient: channelOf(name, group, toClient.lane, `${toClient.option}.`),
		group,
	});
	checked.add(duplex);
	return duplex;
}

/** What `listen` and `connect` were given; checked again if it was not made by this copy of `defineDuplex`. */
export function checkDuplex<A, B>(duplex: Duplex<A, B>): Duplex<A, B> {
	if (checked.has(duplex)) return duplex;
	const { toServer, toClient } = checkDefinition('duplex', duplex, duplexKeys, 'what defineDuplex gave');
	return duplexOf(duplex, laneOf('toServer', toServer, channelKeys), laneOf('toClient', toClient, channelKeys));
}

/** What the addon needs to know of it. */
export function nativeDuplexContract({
	name,
	toServer,
	toClient,
	group,
}: Duplex<unknown, unknown>): NativeDuplexContract {
	return {
		name,
		codec: toServer.codec.id,
		overflow: toServer.overflow,
		codecToClient: toClient.codec.id,
		overflowToClient: toClient.overflow,
		directory: runTimeFolder(),
		group,
	};
}
