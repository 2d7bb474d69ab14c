import { checkDefinition, checkInteger, checkObject, checkOneOf, type KeysOf } from '../base/check.js';
import type { RingwireErrorCode } from '../base/errors.js';
import { bytes } from '../codecs/bytes.js';
import { describeValue } from '../codecs/describe-value.js';
import type { Codec } from '../codecs/types.js';
import type { NativeContract } from '../native/boundary.js';

const nameLengthMax = 64;
const nameAllowed = `must be 1 to ${nameLengthMax} characters of A-Z a-z 0-9 . _ - and neither . nor ..`;
const codecIdAllowed = 'must be 1 to 128 printable ASCII characters';

/** What happens when a message does not fit: see the table in `README.md`. */
export type Overflow = 'block' | 'drop-oldest' | 'drop-newest' | 'latest';

export const overflows = ['block', 'drop-oldest', 'drop-newest', 'latest'] as const satisfies readonly Overflow[];

export const capacityRange = { min: 64 * 1024, max: 1024 ** 3, powerOfTwo: true, unit: 'bytes' } as const;
export const depthRange = { min: 2, max: 2 ** 20, powerOfTwo: true, unit: 'messages' } as const;
const capacityDefault = 4 * 1024 * 1024;
const depthDefault = 8192;

/** What messages of one direction are, and how large the lanes are that carry them. */
export interface LaneSpec<T> {
	/** Default `bytes()`. */
	readonly codec?: Codec<T> | undefined;
	/** Default `block`. */
	readonly overflow?: Overflow | undefined;
	/** Payload bytes of a lane: a power of two from 64 KiB to 1 GiB, default 4 MiB. Only writers need it. */
	readonly capacity?: number | undefined;
	/** Messages that a lane holds at most: a power of two from 2 to 2^20, default 8192. Only writers need it. */
	readonly depth?: number | undefined;
	/** The largest message in bytes: 1 to `capacity / 2`, which is the default. Only writers need it. */
	readonly messageMax?: number | undefined;
}

export interface NameSpec {
	/** 1 to 64 characters of `A-Z a-z 0-9 . _ -`, neither `.` nor `..`. */
	readonly name: string;
	/**
	 * The id of a group whose members may join too; by default only the own user may. Everybody on the channel must
	 * give the same, and the run-time folder must be one that the group can reach (`RINGWIRE_DIR`).
	 */
	readonly group?: number | undefined;
}

export interface ChannelSpec<T> extends NameSpec, LaneSpec<T> {}

export const nameKeys: KeysOf<NameSpec> = { name: true, group: true };
export const laneKeys: KeysOf<LaneSpec<unknown>> = {
	codec: true,
	overflow: true,
	capacity: true,
	depth: true,
	messageMax: true,
};
export const channelKeys: KeysOf<ChannelSpec<unknown>> = { ...nameKeys, ...laneKeys };

/**
 * What the two sides of a channel agree on, and the size of the lanes of its writers. Name, codec id and overflow
 * policy must be the same on both sides. A frozen value: it holds nothing and may be shared, also with adapters that
 * open endpoints themselves.
 */
export interface Channel<T> {
	readonly name: string;
	readonly codec: Codec<T>;
	readonly overflow: Overflow;
	readonly capacity: number;
	readonly depth: number;
	readonly messageMax: number;
	readonly group: number | undefined;
}

const checked = new WeakSet<object>();

/**
 * Checks a channel's description once and for all. Opens nothing. Throws TypeError or RangeError, naming the option,
 * its value and what is allowed; a bad name's error has the code ERR_RINGWIRE_INVALID_NAME.
 */
export function defineChannel(spec: ChannelSpec<Uint8Array> & { readonly codec?: undefined }): Channel<Uint8Array>;
export function defineChannel<T>(spec: ChannelSpec<T> & { readonly codec: Codec<T> }): Channel<T>;
export function defineChannel(spec: ChannelSpec<unknown>): Channel<unknown> {
	const { name, group } = checkObject('channel', spec, channelKeys);
	checkName(name);
	checkGroup(group);
	const channel = channelOf(name, group, spec, '');
	checked.add(channel);
	return channel;
}

/**
 * What `openWriter` and `openReader` were given. A channel that was not made by this copy of `defineChannel` is checked
 * again. `option` and `allowed` are for the error of what is none.
 */
export function checkChannel<T>(
	channel: Channel<T>,
	option = 'channel',
	allowed = 'what defineChannel gave',
): Channel<T> {
	if (checked.has(channel)) return channel;
	return defineChannel(checkDefinition(option, channel, channelKeys, allowed));
}

/** `prefix` names the part of a larger description that `lane` is, in errors. Name and group have been checked. */
export function channelOf<T>(name: string, group: number | undefined, lane: LaneSpec<T>, prefix: string): Channel<T>;
export function channelOf(
	name: string,
	group: number | undefined,
	lane: LaneSpec<unknown>,
	prefix: string,
): Channel<unknown> {
	const { codec = bytes(), overflow = 'block', capacity = capacityDefault, depth = depthDefault } = lane;
	checkCodec(codec, prefix);
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

/** What the addon needs to know of a channel. */
export function nativeContract(channel: Channel<unknown>): NativeContract {
	const { name, codec, overflow, group } = channel;
	return { name, codec: codec.id, overflow, directory: runTimeFolder(), group };
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

export function checkCodec(codec: unknown, prefix: string): void {
	if (typeof codec !== 'object' || codec === null) {
		throw new TypeError(
			`${prefix}codec: got ${describeValue(codec)}, must be an object with id, encode and decode`,
		);
	}
	for (const method of ['encode', 'decode'] as const) {
		const found: unknown = method in codec ? Reflect.get(codec, method) : undefined;
		if (typeof found !== 'function') {
			throw new TypeError(`${prefix}codec.${method}: got ${describeValue(found)}, must be a function`);
		}
	}
	const id: unknown = 'id' in codec ? codec.id : undefined;
	if (typeof id !== 'string') throw new TypeError(`${prefix}codec.id: got ${describeValue(id)}, ${codecIdAllowed}`);
	if (!/^[\x20-\x7e]{1,128}$/.test(id))
		throw new RangeError(`${prefix}codec.id: got ${describeValue(id)}, ${codecIdAllowed}`);
}

/**
 * Where channels live, when the environment says so: RINGWIRE_DIR. Undefined leaves it to the addon, which takes
 * `$XDG_RUNTIME_DIR/ringwire`, else `/tmp/ringwire-<uid>`. Read anew by each open.
 */
export function runTimeFolder(): string | undefined {
	return process.env.RINGWIRE_DIR || undefined;
}
