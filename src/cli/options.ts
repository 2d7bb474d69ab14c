/** The options of the commands: their declaration, and their values as the library takes them. Errors name the option. */
import type { Command } from 'cac';
import type { Codec } from '../codecs/types.js';
import { type Channel, defineChannel, type LaneOptions, overflows } from '../definition/channel.js';
import { rawCodec } from './raw-codec.js';

/** Options as cac parses them: a number for a value that looks like one, an array for an option that is given twice. */
export type Given = Readonly<Record<string, unknown>>;

const sizeUnits = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 } as const;
const waitSecondsMax = 2_000_000;

/** Options of every command that opens a channel; both sides must agree on the policy and the codec. */
export function addChannelOptions(command: Command): Command {
	return command
		.option('--overflow <policy>', `The policy for a message that does not fit: ${overflows.join(', ')}`, {
			default: 'block',
		})
		.option('--lines', 'One message per line, without its newline (codec utf8 unless --codec is given)')
		.option('--codec <id>', 'The codec id of the other side, such as json; messages pass as bytes')
		.option('--wait <seconds>', 'Fail when no peer has connected after this time')
		.option('--quiet', 'Print errors only, no progress and no notes');
}

export interface ChannelOptions {
	readonly channel: Channel<Uint8Array, Buffer>;
	readonly lines: boolean;
	readonly quiet: boolean;
	/** Undefined: wait without limit. */
	readonly waitMs: number | undefined;
}

/** `lane`: the sizes of the lane, for a writer. */
export function channelOptions(name: string, given: Given, lane: LaneOptions = {}): ChannelOptions {
	const lines = given.lines === true;
	const codec: Codec<Uint8Array, Buffer> = rawCodec(text(given, 'codec') ?? (lines ? 'utf8' : 'bytes'));
	const overflow = choice(given, 'overflow', overflows);
	return {
		channel: defineChannel({ ...lane, name: String(name), codec, overflow }),
		lines,
		quiet: given.quiet === true,
		waitMs: seconds(given, 'wait'),
	};
}

/** A number of bytes or messages; the suffixes k, m and g stand for 1024, 1024^2 and 1024^3. */
export function size(given: Given, option: string): number | undefined {
	const typed = text(given, option);
	if (typed === undefined) return undefined;
	const [, digits, unit = ''] = /^(\d+)([kmg]?)$/i.exec(typed) ?? [];
	const factor = Object.entries(sizeUnits).find(([name]) => name === unit.toLowerCase())?.[1];
	if (digits === undefined || factor === undefined) {
		throw new TypeError(`--${option}: got ${typed}, must be a number such as 65536, 64k, 4m or 1g`);
	}
	return Number(digits) * factor;
}

export function count(given: Given, option: string): number | undefined {
	const typed = text(given, option);
	if (typed === undefined) return undefined;
	if (!/^[1-9]\d{0,8}$/.test(typed)) throw new RangeError(`--${option}: got ${typed}, must be a number of 1 or more`);
	return Number(typed);
}

export function choice<const V extends string>(given: Given, option: string, allowed: readonly V[]): V | undefined {
	const typed = text(given, option);
	if (typed === undefined) return undefined;
	const found = allowed.find((candidate) => candidate === typed);
	if (found === undefined) throw new RangeError(`--${option}: got ${typed}, must be one of ${allowed.join(', ')}`);
	return found;
}

function seconds(given: Given, option: string): number | undefined {
	const typed = text(given, option);
	if (typed === undefined) return undefined;
	const value = Number(typed);
	if (!(value >= 0 && value <= waitSecondsMax)) {
		throw new RangeError(`--${option}: got ${typed}, must be 0 to ${waitSecondsMax} seconds`);
	}
	return value * 1000;
}

function text(given: Given, option: string): string | undefined {
	const value = given[option.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())];
	if (Array.isArray(value)) throw new TypeError(`--${option}: given more than once`);
	return value === undefined ? undefined : String(value);
}
