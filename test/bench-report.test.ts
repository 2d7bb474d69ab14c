/** The report of the benchmark, from a few rows that are made up. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { agreementOf, agreementText } from '../bench/agreement.js';
import { writePictures } from '../bench/pictures.js';
import type { Report } from '../bench/print.js';
import { spread } from '../bench/report/curves.js';
import { finish, merge, type RawRow } from '../bench/rows.js';
import { judge } from '../bench/verdicts.js';

const latency = {
	...{ count: 5000, runMedian: 2000, p50: 2000, p90: 3000, p99: 9000, p999: 20_000, max: 900_000 },
	curve: [
		[1, 1500],
		[50, 2000],
		[90, 3000],
		[99, 9000],
	] as const,
};

function rateOf(trial: string, contestant: string, rate: number): RawRow {
	const rival = contestant === 'unix socket';
	const values = [rate * 0.9, rate, rate * 1.1];
	return { trial, contestant, rival, unit: 'messages/s', size: 64, values, cpu: [1e6 / rate] };
}

const raw: RawRow[] = [
	...['one way 8 B', 'one way 64 B', '1 to 1', '16 to 1'].flatMap((trial) => [
		rateOf(trial, 'batch calls', 9e6),
		rateOf(trial, 'unix socket', 400_000),
	]),
	rateOf('typed struct', 'batch calls', 9e6),
	rateOf('typed struct', 'unix socket', 300_000),
	rateOf('typed json', 'batch calls to Observable', 800_000),
	rateOf('typed json', 'stringify and parse alone', 700_000),
	{ trial: 'round trip hot', contestant: 'event loop', rival: false, unit: 'us', values: [2], latencies: [latency] },
	{ trial: 'round trip hot', contestant: 'unix socket', rival: true, unit: 'us', values: [44], latencies: [latency] },
	{ trial: 'idle pair', contestant: 'event loop', rival: false, unit: 'CPU ticks', values: [0], wakeUps: 0 },
	{ trial: 'idle pair', contestant: 'unix socket', rival: true, unit: 'CPU ticks', values: [0], wakeUps: 0 },
];

const rows = finish(raw);
const report: Report = {
	...{ machine: 'a machine', versions: 'Node <version>', method: 'made up' },
	...{ rows, targets: judge(rows) },
	gaps: [{ trial: 'one way 64 B', contestant: 'zeromq', reason: "Cannot find package 'zeromq'" }],
};
const plots = [
	...['throughput-by-size', 'latency-distribution', 'one-way-64-b', 'typed-messages', 'cpu-per-million'],
	'writers-and-readers',
];

let folder = '';
let said: string[] = [];
const outputs = { html: undefined, png: undefined, markdown: undefined, say: (line: string) => void said.push(line) };

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'ringwire-bench-report-'));
	said = [];
});

afterEach(() => {
	rmSync(folder, { recursive: true });
	process.exitCode = undefined;
});

it('the HTML loads nothing, and has each plot, the rows, the targets and the gap', async () => {
	const html = join(folder, 'a/report.html');
	await writePictures(report, { ...outputs, html });
	const page = readFileSync(html, 'utf8');
	expect(page).not.toMatch(/(src|href)\s*=|url\((?!#)|@import|<script|<link/i);
	for (const name of plots) expect(page).toMatch(new RegExp(`<figure id="${name}">\\s*<svg`));
	expect(page).toContain('Cannot find package');
	expect(page).toContain('Node &lt;version&gt;');
	expect(page).toContain('<td class="reached">reached</td>');
	expect(page).toContain('<td>8.1 M - 9.9 M</td>');
	expect(page).toContain('<td>9.0 M and 300,000 messages/s</td>');
	expect(page).not.toMatch(/NaN|Infinity|undefined/);
});

it('the pictures are PNGs, and a plot whose trials were not run is left out', async () => {
	const png = join(folder, 'png');
	const some = rows.filter(({ trial }) => trial === 'one way 64 B');
	await writePictures({ ...report, rows: some }, { ...outputs, png });
	expect(readdirSync(png).sort()).toEqual(['cpu-per-million.png', 'one-way-64-b.png', 'throughput-by-size.png']);
	expect(readFileSync(join(png, 'one-way-64-b.png')).subarray(1, 4).toString()).toBe('PNG');
});

it('in a page only what stands between its marks is replaced, also the second time', async () => {
	const markdown = join(folder, 'page.md');
	const page =
		'before\n<!-- bench:targets -->old<!-- /bench:targets -->\nbetween\n<!-- bench:rows --><!-- /bench:rows -->\nafter\n';
	writeFileSync(markdown, page);
	await writePictures(report, { ...outputs, markdown });
	const once = readFileSync(markdown, 'utf8');
	expect(once).toMatch(
		/^before\n<!-- bench:targets -->\n[\s\S]+\n<!-- \/bench:targets -->\nbetween\n<!-- bench:rows -->\n/,
	);
	expect(once).toMatch(/<!-- \/bench:rows -->\nafter\n$/);
	expect(once).toContain(
		'| 64 B, batch calls | at least 23.0 x unix socket | 22.5 | 22.5 - 22.5 | 9.0 M and 400,000 messages/s | missed |',
	);
	expect(once).toContain('| ringwire, event loop | 0.00 | 0.00 - 0.00 | 0.00 | - |');
	expect(once).toContain("| one way 64 B | zeromq | Cannot find package 'zeromq' |");
	expect(once).not.toContain('old');
	await writePictures(report, { ...outputs, markdown });
	expect(readFileSync(markdown, 'utf8')).toBe(once);
});

it.each([
	['without marks', 'nothing here\n', /no mark such as/],
	['with a mark that is not closed', '<!-- bench:rows -->\n', /is not closed by/],
])('a page %s stays as it is, and the report names the reason', async (_what, page, message) => {
	const markdown = join(folder, 'page.md');
	writeFileSync(markdown, page);
	const html = join(folder, 'report.html');
	await writePictures({ ...report, rows: [] }, { ...outputs, html, markdown });
	expect(readFileSync(markdown, 'utf8')).toBe(page);
	expect(said.join('\n')).toMatch(message);
	expect(process.exitCode).toBe(1);
	expect(existsSync(html)).toBe(true);
});

it('labels stand apart and in the order of what they name', () => {
	const places = spread([100, 101, 102, 5000], [1, 10_000], 400).map((y) => Math.log10(y) * 100);
	expect(places).toEqual([...places].sort((one, other) => one - other));
	for (const [index, place] of places.slice(1).entries()) expect(place - (places[index] ?? 0)).toBeGreaterThan(13.9);
	expect(places[3]).toBeCloseTo(Math.log10(5000) * 100);
});

it('rows of several passes become one: all samples, percentiles of a typical pass, the greatest maximum, all wake-ups', () => {
	const slow = { ...latency, p50: 4000, p99: 1000, max: 1_000_000, curve: [[50, 4000] as const] };
	const row = (values: readonly number[], pass: typeof latency | typeof slow): RawRow => ({
		...{ trial: 'round trip hot', contestant: 'event loop', rival: false, unit: 'us', values, latencies: [pass] },
		wakeUps: 2,
	});
	const passes = [row([2, 3], latency), rateOf('1 to 1', 'batch calls', 9e6), row([1, 9], slow)];
	const [merged, other] = finish(merge(passes));
	expect(merged).toMatchObject({ median: 2.5, lower: 1, upper: 9, values: [2, 3, 1, 9], wakeUps: 4 });
	expect(merged?.latency).toMatchObject({ count: 10_000, p50: 3000, p99: 5000, max: 1_000_000, curve: [[50, 3000]] });
	expect(other).toMatchObject({ median: 9e6, values: [8.1e6, 9e6, 9.9e6], megabytesPerSecond: 576 });
});

it('two runs agree on a row or a target when their samples overlap, and the others are named', () => {
	const runOf = (crowd: number) => {
		const judged = finish([rateOf('1 to 1', 'batch calls', 9e6), rateOf('16 to 1', 'batch calls', crowd)]);
		return { rows: judged, targets: judge(judged) };
	};
	const one = runOf(9e6);
	const two = runOf(4e6);
	expect(agreementText(agreementOf(one, two))).toBe(
		'in 1 of 2 rows the samples of the two runs overlap; not in these:\n\n' +
			'* 16 to 1, batch calls: 8.1 M - 9.9 M, and 3.6 M - 4.4 M in the other run\n\n' +
			'in 0 of 1 targets the samples of the two runs overlap; not in these:\n\n' +
			'* 16 writers to one reader, at least 1.00 x one writer: 1.00 - 1.00, and 0.44 - 0.44 in the other run',
	);
	expect(agreementText(agreementOf(one, one))).toBe(
		'in 2 of 2 rows the samples of the two runs overlap\n\nin 1 of 1 targets the samples of the two runs overlap',
	);
});

it('a ratio has no spread when a sample of one side has no partner', () => {
	const whole = rateOf('1 to 1', 'batch calls', 9e6);
	const torn = { ...rateOf('16 to 1', 'batch calls', 9e6), values: [9e6] };
	const crowd = judge(finish([whole, torn])).find(({ what }) => what === '16 writers to one reader');
	expect(crowd).toMatchObject({ measured: '1.00', spread: undefined });
});

it('a target of cost compares the processor time of a message, not the rate', () => {
	const alone = rateOf('typed json', 'stringify and parse alone', 800_000);
	const judged = judge(finish([{ ...rateOf('typed json', 'batch calls to Observable', 1e6), cpu: [1.5, 2] }, alone]));
	expect(judged.find(({ wanted }) => wanted.includes('CPU'))).toMatchObject({
		...{ measured: '1.40', verdict: 'missed', spread: undefined },
		figures: '1.75 and 1.25 CPU s / million',
	});
});
