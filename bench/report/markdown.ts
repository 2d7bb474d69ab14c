/**
 * Tables between marks in a page that people write, so that no figure is typed by hand. The text between
 * `<!-- bench:NAME -->` and `<!-- /bench:NAME -->` is replaced. A page has the sections that it has marks for.
 */
import { agreementText } from '../agreement.js';
import type { Report } from '../print.js';
import type { Plot } from './plots.js';
import { gapsTable, type Table, targetsTable, trialTables } from './tables.js';

/** The trials of a page; the rest is in the HTML report. */
const mainTrials = [
	...[
		'typed struct',
		'typed text',
		'typed json',
		'typed msgpack',
		'typed protobuf',
		'typed framed',
		'typed structured',
		'one way 64 B',
	],
	...[
		'one way 64 KiB',
		'every line of 64 KiB',
		'pipeline 64 KiB',
		'round trip hot, two cores',
		'round trip hot, one core',
	],
	...[
		'round trip after 1 ms',
		'round trip after 100 ms',
		'1 to 1',
		'16 to 1',
		'1 to 16',
		'idle pair',
		'opening',
		'open writer',
		'memory',
	],
];

/** `pictures`: their path from the page. Without it that section stays as it is. */
export function sectionsOf(report: Report, plots: readonly Plot[], pictures?: string): ReadonlyMap<string, string> {
	const { machine, versions, method } = report;
	const rows = trialTables(report).filter(({ title }) => mainTrials.includes(title));
	const gaps = report.gaps.length === 0 ? [] : [gapsTable(report)];
	const sections = new Map([
		['machine', `${machine}\\\n${versions}\\\n${method}`],
		['targets', tableText(targetsTable(report))],
		['rows', [...rows, ...gaps].map((table) => `#### ${table.title}\n\n${tableText(table)}`).join('\n\n')],
	]);
	if (report.agreement !== undefined) sections.set('agreement', agreementText(report.agreement));
	if (pictures !== undefined) {
		const images = plots.map(({ name, title, caption }) => `![${title}](${pictures}/${name}.png)\n\n${caption}`);
		sections.set('plots', images.join('\n\n'));
	}
	return sections;
}

/** Throws when the page has no marks, or one that is not closed. */
export function withSections(page: string, sections: ReadonlyMap<string, string>): string {
	let filled = page;
	let found = 0;
	for (const [name, text] of sections) {
		const [begin, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
		const from = filled.indexOf(begin);
		if (from < 0) continue;
		const to = filled.indexOf(end, from);
		if (to < 0) throw new Error(`${begin} is not closed by ${end}`);
		filled = `${filled.slice(0, from + begin.length)}\n\n${text}\n\n${filled.slice(to)}`;
		found++;
	}
	if (found === 0) throw new Error('there is no mark such as <!-- bench:rows --> in it');
	return filled;
}

function tableText({ head, lines, words = false }: Table): string {
	const line = (cells: readonly string[]) =>
		`| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
	const rule = `|${head.map((_, index) => (index === 0 || words ? '---|' : '---:|')).join('')}`;
	return [line(head), rule, ...lines.map(line)].join('\n');
}
