/** Numbers and tables for the terminal. */

const units = ['B', 'kB', 'MB', 'GB', 'TB'];

/** About three digits: `0 B`, `812 B`, `4.19 MB`. */
export function formatBytes(bytes: number): string {
	let value = bytes;
	let unit = 0;
	while (value >= 999.5 && unit < units.length - 1) {
		value /= 1000;
		unit++;
	}
	const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
	return `${value.toFixed(digits)} ${units[unit]}`;
}

export function formatCount(count: number): string {
	return count.toLocaleString('en-US');
}

/** `1 reader`, `2 readers`. */
export function formatPlural(count: number, noun: string): string {
	return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Columns as wide as their widest cell. `numeric` columns are aligned to the right. */
export function formatTable(rows: readonly (readonly string[])[], numeric: ReadonlySet<number>): string {
	const widths = rows.reduce<number[]>((all, row) => row.map((cell, i) => Math.max(cell.length, all[i] ?? 0)), []);
	const pad = (cell: string, i: number) =>
		numeric.has(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0);
	return rows.map((row) => `${row.map(pad).join('  ').trimEnd()}\n`).join('');
}
