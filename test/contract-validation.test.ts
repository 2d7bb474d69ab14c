import { inspect } from 'node:util';
import {
	type BytesLike,
	type Channel,
	type ChannelSpec,
	defineChannel,
	json,
	openReader,
	openWriter,
	utf8,
} from 'ringwire';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { useTemporaryFolder } from './support/temporary-folder.js';

useTemporaryFolder();

const name = 'numbers';
const define = (spec: object) => () => defineChannel(spec as ChannelSpec<string> & { codec: typeof codec });
const codec = utf8();

test('defaults: bytes, block, 4 MiB, 8192 messages, the largest message half of the capacity', () => {
	const channel = defineChannel({ name });
	expect(channel).toMatchObject({ name, overflow: 'block', capacity: 4 * 1024 ** 2, depth: 8192 });
	expect(channel.messageMax).toBe(channel.capacity / 2);
	expect(channel.codec.id).toBe('bytes');
});

test('a channel is a frozen value and its type follows from the codec', () => {
	const channel = defineChannel({ name, codec: json<{ tick: number }>() });
	expect(Object.isFrozen(channel)).toBe(true);
	expectTypeOf(channel.codec.decode).returns.toEqualTypeOf<{ tick: number }>();
	expectTypeOf(defineChannel({ name })).toEqualTypeOf<Channel<BytesLike, Buffer>>();
});

test.each(['a', 'A.b_c-9', '...', '.hidden', 'x'.repeat(64)])('the name %j is valid', (good) => {
	expect(defineChannel({ name: good }).name).toBe(good);
});

describe('the error for a bad name has the code INVALID_NAME and names the allowed characters', () => {
	test.each([
		[undefined, TypeError],
		[null, TypeError],
		[7, TypeError],
		['', RangeError],
		['.', RangeError],
		['..', RangeError],
		['a/b', RangeError],
		['../a', RangeError],
		['a\\b', RangeError],
		['a b', RangeError],
		['a\n', RangeError],
		['a\0', RangeError],
		['ž', RangeError],
		['x'.repeat(65), RangeError],
	])('%j', (bad, kind) => {
		expect(define({ name: bad })).toThrow(kind);
		expect(define({ name: bad })).toThrow(/^name: got .*must be 1 to 64 characters/);
		expect(define({ name: bad })).toThrow(expect.objectContaining({ code: 'ERR_RINGWIRE_INVALID_NAME' }));
	});
});

describe('the error for a bad option names it, its value and the allowed values', () => {
	test.each([
		[{ overflow: 'wait' }, RangeError, "overflow: got string 'wait', must be one of block, drop-oldest"],
		[{ overflow: 1 }, TypeError, 'overflow: got number 1'],
		[{ capacity: '4' }, TypeError, "capacity: got string '4', must be a power of two from 65536"],
		[{ capacity: 100_000 }, RangeError, 'capacity: got 100000, must be a power of two'],
		[{ capacity: 32768 }, RangeError, 'capacity: got 32768'],
		[{ capacity: 2 ** 31 }, RangeError, 'capacity: got 2147483648'],
		[{ capacity: Number.NaN }, RangeError, 'capacity: got NaN'],
		[{ capacity: null }, TypeError, 'capacity: got null'],
		[{ depth: 1 }, RangeError, 'depth: got 1, must be a power of two from 2 to 1048576'],
		[{ depth: 3 }, RangeError, 'depth: got 3'],
		[{ depth: 2.5 }, RangeError, 'depth: got 2.5'],
		[{ depth: 2 ** 21 }, RangeError, 'depth: got 2097152'],
		[{ messageMax: 0 }, RangeError, 'messageMax: got 0, must be an integer from 1 to 2097152'],
		[{ capacity: 65536, messageMax: 32769 }, RangeError, 'messageMax: got 32769'],
		[{ messageMax: Number.POSITIVE_INFINITY }, RangeError, 'messageMax: got Infinity'],
		[{ group: -1 }, RangeError, 'group: got -1'],
		[{ codec: 'json' }, TypeError, "codec: got string 'json', must be an object"],
		[{ codec: { id: 'x', decode: codec.decode } }, TypeError, 'codec.encode: got undefined'],
		[{ codec: { ...codec, decode: 1 } }, TypeError, 'codec.decode: got number 1'],
		[{ codec: { ...codec, id: 1 } }, TypeError, 'codec.id: got number 1'],
		[{ codec: { ...codec, id: '' } }, RangeError, 'codec.id: got'],
		[{ codec: { ...codec, id: 'é' } }, RangeError, 'printable ASCII'],
		[{ codec: { ...codec, id: 'x'.repeat(129) } }, RangeError, 'codec.id: got'],
	])('%j', (options, kind, message) => {
		expect(define({ name, ...options })).toThrow(kind);
		expect(define({ name, ...options })).toThrow(message);
	});

	test('also for a value that throws when it is inspected', () => {
		const hostile = {
			[inspect.custom]() {
				throw new Error('mine');
			},
		};
		expect(define({ name, overflow: hostile })).toThrow(/^overflow: got object, must be one of/);
		expect(define({ name: hostile })).toThrow(/^name: got object, must be 1 to 64/);
	});

	test('a spec that is not an object is refused', () => {
		expect(() => Reflect.apply(defineChannel, undefined, ['numbers'])).toThrow(/^channel: got string 'numbers'/);
	});
});

describe('opening checks its options before it touches anything', () => {
	const channel = defineChannel({ name, codec, capacity: 128 * 1024, messageMax: 40_000 });
	test.each([
		[{ from: 'middle' }, RangeError, "from: got string 'middle', must be one of oldest, newest"],
		[{ lossy: 1 }, TypeError, 'lossy: got number 1, must be true or false'],
		[{ order: true }, TypeError, 'order: got boolean true'],
		[{ onPeerDeath: 'throw' }, RangeError, 'onPeerDeath'],
		[{ until: 'empty' }, RangeError, "until: got string 'empty', must be 'ended', 'closed' or { writers: n }"],
		[{ until: 2 }, TypeError, 'until: got number 2'],
		[
			{ until: { writers: 0 } },
			RangeError,
			'until.writers: got 0, must be an integer from 1 to 2147483647 writers',
		],
		[{ until: {} }, TypeError, 'until.writers: got undefined'],
		[{ messageMax: 0 }, RangeError, 'messageMax: got 0, must be an integer from 1 to 536870912 bytes'],
		[{ messageMax: 2 ** 29 + 1 }, RangeError, 'messageMax: got 536870913'],
		[{ messageMax: 1.5 }, RangeError, 'messageMax: got 1.5'],
		[{ messageMax: '1' }, TypeError, "messageMax: got string '1'"],
		[{ spinMicros: -1 }, RangeError, 'spinMicros: got -1, must be an integer from 0 to 1000000 microseconds'],
		[{ spinMicros: 1_000_001 }, RangeError, 'spinMicros'],
		[{ signal: {} }, TypeError, 'signal: got {}, must be an AbortSignal'],
		[5, TypeError, 'options: got number 5, must be an object'],
	])('openReader %j', (options, kind, message) => {
		const open = () => Reflect.apply(openReader, undefined, [channel, options]);
		expect(open).toThrow(kind);
		expect(open).toThrow(message);
	});

	test.each([
		[{ capacity: 1 }, RangeError, 'capacity: got 1'],
		[{ depth: '2' }, TypeError, "depth: got string '2'"],
		[
			{ capacity: 65536, messageMax: 40_000 },
			RangeError,
			'messageMax: got 40000, must be an integer from 1 to 32768',
		],
		[{ capacity: 65536 }, RangeError, "capacity: got 65536, must be twice the channel's messageMax of 40000 bytes"],
	])('openWriter %j', (options, kind, message) => {
		const open = () => Reflect.apply(openWriter, undefined, [channel, options]);
		expect(open).toThrow(kind);
		expect(open).toThrow(message);
	});

	test('a channel that defineChannel did not make is checked in the same way', () => {
		expect(() => openReader({ ...channel, name: '..' })).toThrow(RangeError);
		expect(() => Reflect.apply(openWriter, undefined, [undefined])).toThrow(TypeError);
	});

	test('a signal that is aborted already is thrown as its reason', () => {
		const reason = new Error('enough');
		expect(() => openReader(channel, { signal: AbortSignal.abort(reason) })).toThrow(reason);
		expect(() => openWriter(channel, { signal: AbortSignal.abort(reason) })).toThrow(reason);
	});
});
