import { checkDefinition, checkObject, checkOptions, type KeysOf } from '../base/check.js';
import type { BytesLike } from '../codecs/bytes.js';
import type { NativeDuplexContract } from '../native/boundary.js';
import {
	type BytesLaneSpec,
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

/**
 * The argument of `defineDuplex`. Each direction has its own codec, policy and sizes. A direction that is left out has the
 * defaults of `defineChannel`, with the codec `bytes()`.
 */
export interface DuplexSpec<ToServerIn, ToClientIn, ToServerOut = ToServerIn, ToClientOut = ToClientIn>
	extends NameSpec {
	/** The messages that clients write and the server reads. */
	readonly toServer: LaneSpec<ToServerIn, ToServerOut>;
	/** The messages that the server writes and clients read. */
	readonly toClient: LaneSpec<ToClientIn, ToClientOut>;
}

type AnyLane = LaneSpec<never, unknown> | BytesLaneSpec;

interface AnyDuplexSpec extends NameSpec {
	readonly toServer?: AnyLane | undefined;
	readonly toClient?: AnyLane | undefined;
}

/**
 * The contract of a server and its clients: clients write `ToServerIn` and read `ToClientOut`, the server reads
 * `ToServerOut` and writes `ToClientIn`. Name, codec ids and overflow policies must be the same on both sides. A frozen
 * value that holds no resources. Its two directions look like channels, but only `listen` and `connect` open them: a name
 * belongs to one kind of channel at a time.
 */
export interface Duplex<ToServerIn, ToClientIn, ToServerOut = ToServerIn, ToClientOut = ToClientIn> {
	readonly name: string;
	readonly toServer: Channel<ToServerIn, ToServerOut>;
	readonly toClient: Channel<ToClientIn, ToClientOut>;
	readonly group: number | undefined;
}

const duplexKeys: KeysOf<AnyDuplexSpec> = { ...nameKeys, toServer: true, toClient: true };
const checked = new WeakSet<object>();

/**
 * Defines a duplex channel: a server and its clients. Checks every option once and opens nothing. Throws as `defineChannel`
 * does; errors name an option of one direction by its path, such as `toServer.capacity`.
 */
export function defineDuplex<ToServerIn, ToClientIn, ToServerOut = ToServerIn, ToClientOut = ToClientIn>(
	spec: DuplexSpec<ToServerIn, ToClientIn, ToServerOut, ToClientOut>,
): Duplex<ToServerIn, ToClientIn, ToServerOut, ToClientOut>;
export function defineDuplex<ToServerIn, ToServerOut = ToServerIn>(
	spec: NameSpec & {
		readonly toServer: LaneSpec<ToServerIn, ToServerOut>;
		readonly toClient?: BytesLaneSpec | undefined;
	},
): Duplex<ToServerIn, BytesLike, ToServerOut, Buffer>;
export function defineDuplex<ToClientIn, ToClientOut = ToClientIn>(
	spec: NameSpec & {
		readonly toServer?: BytesLaneSpec | undefined;
		readonly toClient: LaneSpec<ToClientIn, ToClientOut>;
	},
): Duplex<BytesLike, ToClientIn, Buffer, ToClientOut>;
export function defineDuplex(
	spec: NameSpec & {
		readonly toServer?: BytesLaneSpec | undefined;
		readonly toClient?: BytesLaneSpec | undefined;
	},
): Duplex<BytesLike, BytesLike, Buffer, Buffer>;
export function defineDuplex(spec: AnyDuplexSpec): Duplex<never, never, unknown, unknown> {
	const { toServer, toClient } = checkObject('duplex', spec, duplexKeys);
	return duplexOf(spec, laneOf('toServer', toServer, laneKeys), laneOf('toClient', toClient, laneKeys));
}

/** One direction of a definition; a direction that is left out has the defaults. */
export function laneOf<L extends object>(option: string, lane: L | undefined, known: KeysOf<NoInfer<L>>): NamedLane<L> {
	return { option, lane: checkOptions(option, lane, known) };
}

interface NamedLane<L> {
	/** Its name in errors. */
	readonly option: string;
	readonly lane: L | Record<string, never>;
}

/** Checks everything but the keys of the objects. */
export function duplexOf<AIn, BIn, AOut, BOut>(
	name: NameSpec,
	toServer: NamedLane<LaneSpec<AIn, AOut>>,
	toClient: NamedLane<LaneSpec<BIn, BOut>>,
): Duplex<AIn, BIn, AOut, BOut>;
export function duplexOf(
	name: NameSpec,
	toServer: NamedLane<AnyLane>,
	toClient: NamedLane<AnyLane>,
): Duplex<never, never, unknown, unknown>;
export function duplexOf(
	{ name, group }: NameSpec,
	toServer: NamedLane<AnyLane>,
	toClient: NamedLane<AnyLane>,
): Duplex<never, never, unknown, unknown> {
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

/** Returns the argument of `listen` or `connect`. A duplex that this copy of `defineDuplex` did not make is checked again. */
export function checkDuplex<AIn, BIn, AOut, BOut>(duplex: Duplex<AIn, BIn, AOut, BOut>): Duplex<AIn, BIn, AOut, BOut> {
	if (checked.has(duplex)) return duplex;
	const { toServer, toClient } = checkDefinition('duplex', duplex, duplexKeys, 'the result of defineDuplex');
	return duplexOf(duplex, laneOf('toServer', toServer, channelKeys), laneOf('toClient', toClient, channelKeys));
}

/** The part of a duplex channel that the addon needs. */
export function nativeDuplexContract({
	name,
	toServer,
	toClient,
	group,
}: Duplex<never, never, unknown, unknown>): NativeDuplexContract {
	return {
		name,
		codec: toServer.codec.id,
		layout: toServer.codec.layout,
		overflow: toServer.overflow,
		codecToClient: toClient.codec.id,
		layoutToClient: toClient.codec.layout,
		overflowToClient: toClient.overflow,
		directory: runTimeFolder(),
		group,
	};
}
