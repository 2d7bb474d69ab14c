import {
	type ArrayView,
	array,
	bool,
	type Channel,
	type Codec,
	defineChannel,
	enumeration,
	f64,
	fixedBytes,
	openReader,
	openWriter,
	type Reader,
	struct,
	text,
	u8,
	u32,
	u64,
	type Writer,
} from 'ringwire';
import { expectTypeOf, it } from 'vitest';

const leg = struct({ price: f64, side: enumeration({ buy: 1, sell: 2 }) });
const order = struct({
	id: u32,
	big: u64,
	ok: bool,
	name: text(16),
	legs: array(leg, 4),
	raw: fixedBytes(3),
	grid: array(array(u8, 2), 2),
});

interface Leg {
	price: number;
	side: 'buy' | 'sell';
}
interface Order {
	id: number;
	big: bigint;
	ok: boolean;
	name: string;
	legs: Leg[];
	raw: Buffer;
	grid: number[][];
}

it('the types of messages follow from the fields', () => {
	expectTypeOf(order.decode).returns.toEqualTypeOf<Order>();
	expectTypeOf(order.encode).parameter(0).toEqualTypeOf<{
		readonly id: number;
		readonly big: bigint;
		readonly ok: boolean;
		readonly name: string;
		readonly legs: readonly Readonly<Leg>[];
		readonly raw: Uint8Array;
		readonly grid: readonly (readonly number[])[];
	}>();
	expectTypeOf(order.view).returns.toEqualTypeOf<{
		id: number;
		big: bigint;
		ok: boolean;
		name: string;
		legs: ArrayView<Readonly<Leg>, Leg>;
		raw: Buffer;
		grid: ArrayView<readonly number[], ArrayView<number, number>>;
	}>();
});

it('a struct is a codec, and a channel has the types of its messages', () => {
	const tests = [
		() => {
			const channel = defineChannel({ name: 'legs', codec: leg });
			expectTypeOf(channel).toExtend<Channel<Readonly<Leg>, Leg>>();
			expectTypeOf(openWriter(channel)).toExtend<Writer<Readonly<Leg>>>();
			expectTypeOf(openReader(channel)).toEqualTypeOf<Reader<Leg>>();
			const codec: Codec<Leg> = leg;
			return codec;
		},
		() => {
			// @ts-expect-error a field is missing
			leg.encode({ price: 1 });
			// @ts-expect-error a name that the enumeration does not have
			leg.encode({ price: 1, side: 'hold' });
			// @ts-expect-error a number instead of a bigint
			struct({ big: u64 }).encode({ big: 1 });
			// @ts-expect-error no field type
			struct({ id: 'u32' });
			// @ts-expect-error an enumeration over a text
			enumeration({ a: 1 }, text(4));
			// @ts-expect-error an unknown option
			text(4, { ended: true });
		},
	];
	expectTypeOf(tests).items.toBeFunction();
});
