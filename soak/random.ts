/** All random choices of the soak come from one seed. Each process has numbers of its own, made from the seed and the number of its life. */

export type Random = () => number;

/** Numbers from 0 up to 1 that depend on nothing but the seed (mulberry32). */
export function randomFrom(seed: number): Random {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

/** A whole number from `least` to `most`, both included. */
export function integer(random: Random, least: number, most: number): number {
	return least + Math.floor(random() * (most - least + 1));
}

export function oneOf<T>(random: Random, values: readonly [T, ...T[]]): T {
	return values[integer(random, 0, values.length - 1)] ?? values[0];
}

export function chance(random: Random, probability: number): boolean {
	return random() < probability;
}

/** Mostly small, sometimes large: as likely below 200 bytes as above. */
export function sizeUpTo(random: Random, sizeMax: number): number {
	const most = oneOf(random, [100, 200, 200, 1500, 8000, 64_000, 300_000]);
	return Math.min(integer(random, 0, most), sizeMax);
}
