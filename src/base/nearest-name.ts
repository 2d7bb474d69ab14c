/** The share of a name's characters that may be wrong for it to count as misspelt: 1 of 4 to 6, 2 of 7 to 9, and so on. */
const wrongShare = 0.3;

/** The known name that `name` is most likely a misspelling of; undefined when none is near. Upper and lower case count as equal. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
	let nearest: string | undefined;
	let least = Number.POSITIVE_INFINITY;
	for (const candidate of known) {
		const length = Math.max(name.length, candidate.length);
		const limit = Math.max(1, Math.floor(length * wrongShare));
		if (Math.abs(name.length - candidate.length) > limit) continue;
		const distance = distanceBetween(name.toLowerCase(), candidate.toLowerCase());
		if (distance > limit || distance >= least) continue;
		nearest = candidate;
		least = distance;
	}
	return nearest;
}

/**
 * The Damerau-Levenshtein distance (optimal string alignment): how many characters must be inserted, deleted, replaced or
 * swapped with their neighbour.
 */
function distanceBetween(from: string, to: string): number {
	let beforeLast: number[] = [];
	let last = Array.from({ length: to.length + 1 }, (_, j) => j);
	for (let i = 1; i <= from.length; i++) {
		const row = [i];
		for (let j = 1; j <= to.length; j++) {
			const replaced = at(last, j - 1) + (from[i - 1] === to[j - 1] ? 0 : 1);
			let least = Math.min(replaced, at(last, j) + 1, at(row, j - 1) + 1);
			const isSwap = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
			if (isSwap) least = Math.min(least, at(beforeLast, j - 2) + 1);
			row.push(least);
		}
		beforeLast = last;
		last = row;
	}
	return at(last, to.length);
}

function at(row: readonly number[], index: number): number {
	return row[index] ?? Number.POSITIVE_INFINITY;
}
