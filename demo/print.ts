/** The output of the demo: lines, colours, tables of checks. */

const colours = process.stdout.isTTY === true && !process.env.NO_COLOR;
const paint = (code: number, text: string) => (colours ? `\x1b[${code}m${text}\x1b[0m` : text);

export const bold = (text: string) => paint(1, text);
export const dim = (text: string) => paint(2, text);
export const red = (text: string) => paint(31, text);
export const green = (text: string) => paint(32, text);
export const yellow = (text: string) => paint(33, text);

export interface Check {
	readonly what: string;
	readonly good: boolean;
	readonly details?: string;
}

export function heading(mark: string, text: string): void {
	console.log(`\n${bold(`${mark}  ${text}`)}\n`);
}

export function line(text = ''): void {
	console.log(text === '' ? '' : `   ${text}`);
}

export function printChecks(checks: readonly Check[]): void {
	for (const { what, good, details = '' } of checks) {
		line(`${good ? green('ok    ') : red('FAILED')}  ${what}${details === '' ? '' : `: ${details}`}`);
	}
}

export function failedChecks(checks: readonly Check[]): number {
	return checks.filter(({ good }) => !good).length;
}

export function count(value: number): string {
	return value.toLocaleString('en-US');
}

export function megabytes(bytes: number): string {
	return `${(bytes / 1e6).toFixed(1)} MB`;
}

export function median(values: readonly number[]): number {
	const sorted = [...values].sort((one, other) => one - other);
	const middle = sorted.length >> 1;
	const high = sorted[middle] ?? Number.NaN;
	return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? high) + high) / 2;
}
