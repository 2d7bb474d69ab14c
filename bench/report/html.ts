/** The whole report as one file that needs neither network nor script. */
import type { Report } from '../print.js';
import type { Plot } from './plots.js';
import { gapsTable, type Table, targetsTable, trialTables } from './tables.js';

export interface Drawing extends Plot {
	readonly svg: string;
}

const style = `
body { font: 15px/1.5 'DejaVu Sans', Verdana, Helvetica, Arial, sans-serif; color: #222; background: #fff; max-width: 1240px; margin: 2em auto; padding: 0 1em }
figure { margin: 1.5em 0; overflow-x: auto }
section { overflow-x: auto }
svg { max-width: 100%; height: auto }
table { border-collapse: collapse; margin: .5em 0 1.5em; font-variant-numeric: tabular-nums }
th, td { padding: .15em .8em; text-align: right; border-bottom: 1px solid #ddd; white-space: nowrap }
th:first-child, td:first-child, .words td, .words th { text-align: left }
.words td { white-space: normal }
.reached { color: #00664b }
.missed { color: #a83c00; font-weight: bold }
.not-measured { color: #666 }
`;

export function htmlOf(report: Report, drawings: readonly Drawing[]): string {
	const { machine, versions, method, gaps, targets } = report;
	const parts = [
		`<h1>ringwire: benchmark</h1>`,
		`<p>${[machine, versions, method].map(escaped).join('<br>\n')}</p>`,
		targets.length > 0 ? sectionOf(targetsTable(report)) : '',
		gaps.length > 0 ? sectionOf(gapsTable(report)) : '<p>No contestant is missing.</p>',
		...drawings.map(({ name, svg }) => `<figure id="${name}">\n${svg}\n</figure>`),
		...trialTables(report).map((table) => sectionOf(table)),
	];
	return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>ringwire: benchmark</title>
<style>${style}</style>
</head>
<body>
${parts.filter((part) => part !== '').join('\n')}
</body>
</html>
`;
}

function sectionOf({ title, head, lines, words = false }: Table): string {
	const cells = (tag: string, line: readonly string[]) => line.map((cell) => cellOf(tag, cell)).join('');
	return `<section>
<h2>${escaped(title)}</h2>
<table${words ? ' class="words"' : ''}>
<tr>${cells('th', head)}</tr>
${lines.map((line) => `<tr>${cells('td', line)}</tr>`).join('\n')}
</table>
</section>`;
}

function cellOf(tag: string, cell: string): string {
	const verdict = ['reached', 'missed', 'not measured'].includes(cell) ? ` class="${cell.replace(' ', '-')}"` : '';
	return `<${tag}${verdict}>${escaped(cell)}</${tag}>`;
}

function escaped(text: string): string {
	return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
