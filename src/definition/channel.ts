import { checkDefinition, checkInteger, checkObject, checkOneOf, type KeysOf } from '../base/check.js';
import type { RingwireErrorCode } from '../base/errors.js';
import { type BytesLike, bytes } from '../codecs/bytes.js';
import { checkCodec } from '../codecs/check-codec.js';
import { describeValue } from '../codecs/describe-value.js';
import type { Codec } from '../codecs/types.js';
import type { NativeContract } from '../native/boundary.js';

const nameLengthMax = 64;
const nameAllowed = `must be 1 to ${nameLengthMax} characters of A-Z a-z 0-9 . _ - and neither . nor ..`;

/**
 * The policy for a message that does not fit into the lane. `block`: the writer waits for its readers. `drop-oldest`: the
 * message replaces the oldest ones, and a reader that had not read them reports a loss. `drop-newest`: the message is dropped
 * and counted by the writer. `latest`: as `drop-oldest`, and readers get the newest message only.
 */
export type Overflow = 'block' | 'drop-oldest' | 'drop-newest' | 'latest';

/** Whether messages that have not been read are kept for a reader. */
export function holdsBack(overflow: Overflow): boolean {
	return overflow === 'block' || overflow === 'drop-newest';
}

export const overflows = ['block', 'drop-oldest', 'drop-newest', 'latest'] as const satisfies readonly Overflow[];

export const capacityRange = { min: 64 * 1024, max: 1024 ** 3, powerOfTwo: true, unit: 'bytes' } as const;
export const depthRange = { min: 2, max: 2 ** 20, powerOfTwo: true, unit: 'messages' } as const;
const capacityDefault = 4 * 1024 * 1024;
const depthDefault = 8192;

/** The policy and the sizes of the lanes of one direction. */
export interface LaneOptions {
	/** Default `block`. Must be the same on both sides. */
	readonly overflow?: Overflow | undefined;
	/** Payload bytes of each writer's lane: a power of two from 64 KiB to 1 GiB, default 4 MiB. Readers ignore it. */
	readonly capacity?: number | undefined;
	/** The number of messages that a lane holds at most: a power of two from 2 to 2^20, default 8192. Readers ignore it. */
	readonly depth?: number | undefined;
	/** The largest message in bytes: 1 to `capacity / 2`, which is the default. Readers ignore it. */
	readonly messageMax?: number | undefined;
}

/** One direction: its codec, its policy and the sizes of its lanes. */
export interface LaneSpec<In, Out = In> extends LaneOptions {
	/** Its id must be the same on both sides. */
	readonly codec: Codec<In, Out>;
}

/** A direction without a codec has `bytes()`. */
export interface BytesLaneSpec extends LaneOptions {
	readonly codec?: undefined;
}

/** The name and the group by which the endpoints of a definition find each other. */
export interface NameSpec {
	/** 1 to 64 characters of `A-Z a-z 0-9 . _ -`, neither `.` nor `..`. */
	readonly name: string;
	/**
	 * The id of a group whose members may join too; by default only the own user may. All endpoints must give the same id,
	 * and the group needs access to the run-time folder (`RINGWIRE_DIR`).
	 */
	readonly group?: number | undefined;
}

/** The argument of `defineChannel`. Without `codec` it defines a channel of `bytes()`. */
export interface ChannelSpec<In, Out = In> extends NameSpec, LaneSpec<In, Out> {}

export const nameKeys: KeysOf<NameSpec> = { name: true, group: true };
export const laneKeys: KeysOf<LaneSpec<never, unknown>> = {
	codec: true,
	overflow: true,
	capacity: true,
	depth: true,
	messageMax: true,
};
export const channelKeys: KeysOf<ChannelSpec<never, unknown>> = { ...nameKeys, ...laneKeys };

/**
 * The contract of a channel: writers accept `In`, readers return `Out`. Name, codec id and overflow policy must be the same
 * on both sides. A frozen value that holds no resources and can be shared, also with adapters that open endpoints
 * themselves.
 */
export interface Channel<In, Out = In> {
	readonly name: string;
	readonly codec: Codec<In, Out>;
	readonly overflow: Overflow;
	readonly capacity: number;
	readonly depth: number;
	readonly messageMax: number;
	readonly group: number | undefined;
}

const checked = new WeakSet<object>();

/**
 * Defines a channel. Checks every option once and opens nothing. Throws TypeError or RangeError naming the option, its value
 * and the allowed values; the error for a bad name has the code ERR_RINGWIRE_INVALID_NAME.
 */
export function defineChannel<In, Out = In>(spec: ChannelSpec<In, Out>): Channel<In, Out>;
export function defineChannel(spec: NameSpec & BytesLaneSpec): Channel<BytesLike, Buffer>;
export function defineChannel(spec: NameSpec & (LaneSpec<never, unknown> | BytesLaneSpec)): Channel<never, unknown> {
	const { name, group } = checkObject('channel', spec, channelKeys);
	checkName(name);
	checkGroup(group);
	const channel = channelOf(name, group, spec, '');
	checked.add(channel);
	return channel;
}

/**
 * Returns the argument of `openWriter` or `openReader`. A channel that this copy of `defineChannel` did not make is checked
 * again. `option` and `allowed` are for the error message.
 */
export function checkChannel<In, Out>(
	channel: Channel<In, Out>,
	option = 'channel',
	allowed = 'the result of defineChannel',
): Channel<In, Out> {
	if (checked.has(channel)) return channel;
	return defineChannel(checkDefinition(option, channel, channelKeys, allowed));
}

/** `prefix` names the part of a larger definition that `lane` is, for errors. Name and group are checked already. */
export function channelOf<In, Out>(
	name: string,
	group: number | undefined,
	lane: LaneSpec<In, Out>,
	prefix: string,
): Channel<In, Out>;
export function channelOf(
	name: string,
	group: number | undefined,
	lane: LaneSpec<never, unknown> | BytesLaneSpec,
	prefix: string,
): Channel<never, unknown>;
export function channelOf(
	name: string,
	group: number | undefined,
	lane: LaneSpec<never, unknown> | BytesLaneSpec,
	prefix: string,
): Channel<never, unknown> {
	const { codec = bytes(), overflow = 'block', capacity = capacityDefault, depth = depthDefault } = lane;
	checkCodec(`${prefix}codec`, codec);
	checkOneOf(`${prefix}overflow`, overflow, overflows);
	checkInteger(`${prefix}capacity`, capacity, capacityRange);
	checkInteger(`${prefix}depth`, depth, depthRange);
	const { messageMax = capacity / 2 } = lane;
	checkMessageMax(messageMax, capacity, prefix);
	return Object.freeze({ name, codec, overflow, capacity, depth, messageMax, group });
}

/** The id of a group of the operating system, or undefined for none. */
export function checkGroup(group: unknown): number | undefined {
	return group === undefined ? undefined : checkInteger('group', group, { min: 0, max: 2 ** 32 - 2 });
}

/** The part of a channel that the addon needs. */
export function nativeContract(channel: Channel<never, unknown>): NativeContract {
	const { name, codec, overflow, group } = channel;
	return { name, codec: codec.id, layout: codec.layout, overflow, directory: runTimeFolder(), group };
}

export function checkMessageMax(messageMax: unknown, capacity: number, prefix = ''): void {
	checkInteger(`${prefix}messageMax`, messageMax, {
		min: 1,
		max: capacity / 2,
		unit: 'bytes (half of the capacity)',
	});
}

export function checkName(name: unknown): void {
	if (typeof name !== 'string') throw invalidName(TypeError, name);
	if (!/^[A-Za-z0-9._-]{1,64}$/.test(name) || name === '.' || name === '..') throw invalidName(RangeError, name);
}

function invalidName(kind: typeof TypeError | typeof RangeError, name: unknown): Error {
	const code: RingwireErrorCode = 'ERR_RINGWIRE_INVALID_NAME';
	return Object.assign(new kind(`name: got ${describeValue(name)}, ${nameAllowed}`), { code });
}

/**
 * The run-time folder given by the environment variable RINGWIRE_DIR. Undefined: the addon uses `$XDG_RUNTIME_DIR/ringwire`
 * or else `/tmp/ringwire-<uid>`. Every open reads the variable again.
 */
export function runTimeFolder(): string | undefined {
	return process.env.RINGWIRE_DIR || undefined;
}
