/**
 * Options as the commands take them: declared, and turned from what was typed into what the library takes. Everything here throws
 * TypeError or RangeError for what it cannot use, naming the option.
 */
import type { Command } from 'cac';
import type { Codec } from '../codecs/types.js';
import { type Channel, defineChannel, type LaneOptions, overflows } from '../definition/channel.js';
import { rawCodec } from './raw-codec.js';

/** Options as cac gives them: numbers for what looks like one, arrays for what was given twice. */
export type Given = Readonly<Record<string, unknown>>;

const sizeUnits = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 } as const;
const waitSecondsMax = 2_000_000;

/** What both sides of a channel must agree on, and what every command that opens one has. */
export function addChannelOptions(command: Command): Command {
	return command
		.option('--overflow <policy>', `What happens when a message does not fit: ${overflows.join(', ')}`, {
			default: 'block',
		})
		.option('--lines', 'One message per line, its newline left out (codec utf8 unless --codec says otherwise)')
		.option('--codec <id>', 'The codec that the other side names, such as json; bytes pass as they are')
		.option('--wait <seconds>', 'Give up when nobody is there after so long')
		.option('--quiet', 'Neither progress nor notes on standard error, only errors');
}

export interface ChannelOptions {
	readonly channel: Channel<Uint8Array>;
	readonly lines: boolean;
	readonly quiet: boolean;
	/** Undefined: not asked for. */
	readonly waitMs: number | undefined;
}

/** `lane`: the sizes, on the side that has a lane. */
export function channelOptions(name: string, given: Given, lane: LaneOptions = {}): ChannelOptions {
	const lines = given.lines === true;
	const codec: Codec<Uint8Array> = rawCodec(text(given, 'codec') ?? (lines ? 'utf8' : 'bytes'));
	const overflow = choice(given, 'overflow', overflows);
	return {
		channel: defineChannel({ ...lane, name: String(name), codec, overflow }),
		lines,
		quiet: given.quiet === true,
		waitMs: seconds(given, 'wait'),
	};
}

/** Bytes or messages, with k, m or g for 1024, its square and its cube. */
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
