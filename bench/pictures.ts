/** The report for people: HTML, pictures, and the tables of a page. A file that cannot be written is an error message, and the others are still written. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Settings } from './options.js';
import type { Report } from './print.js';
import { type Drawing, htmlOf } from './report/html.js';
import { sectionsOf, withSections } from './report/markdown.js';
import { plotsOf } from './report/plots.js';
import { pngOf, svgOf } from './report/render.js';

export type Outputs = Pick<Settings, 'html' | 'png' | 'markdown' | 'say'>;

export async function writePictures(report: Report, { html, png, markdown, say }: Outputs): Promise<void> {
	const drawings: Drawing[] = [];
	if (html !== undefined || png !== undefined) {
		for (const plot of plotsOf(report)) drawings.push({ ...plot, svg: await svgOf(plot, report.machine) });
	}
	const attempt = (file: string, write: () => void) => {
		try {
			write();
			say(`written: ${file}`);
		} catch (error) {
			process.exitCode = 1;
			say(`${file} is not written: ${error instanceof Error ? error.message : String(error)}`);
		}
	};
	if (html !== undefined) {
		attempt(html, () => {
			mkdirSync(dirname(html), { recursive: true });
			writeFileSync(html, htmlOf(report, drawings));
		});
	}
	if (png !== undefined) {
		const images = await Promise.all(drawings.map(async ({ name, svg }) => ({ name, image: await pngOf(svg) })));
		attempt(png, () => {
			mkdirSync(png, { recursive: true });
			for (const { name, image } of images) writeFileSync(join(png, `${name}.png`), image);
		});
	}
	if (markdown !== undefined) {
		attempt(markdown, () => {
			const pictures =
				png === undefined ? undefined : relative(dirname(markdown), png).replaceAll('\\', '/') || '.';
			const sections = sectionsOf(report, drawings, pictures);
			writeFileSync(markdown, withSections(readFileSync(markdown, 'utf8'), sections));
		});
	}
}
