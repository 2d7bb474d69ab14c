/** A plot as SVG without a browser, and as PNG with a palette, which is much smaller: the package contains the plots. */
import { Resvg } from '@resvg/resvg-js';
import sharp from 'sharp';
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { config, fonts } from './looks.js';
import type { Plot } from './plots.js';

export async function svgOf({ title, caption, view }: Plot, machine: string): Promise<string> {
	const spec = {
		title: { text: title, subtitle: [caption, machine] },
		padding: 14,
		config,
		...view,
	};
	// The parts of a view are put together from plain objects, whose types are wider than those of Vega-Lite.
	const drawn = new View(parse(compile(spec as unknown as TopLevelSpec).spec), { renderer: 'none' });
	try {
		return await drawn.toSVG();
	} finally {
		drawn.finalize();
	}
}

export function pngOf(svg: string): Promise<Buffer> {
	const image = new Resvg(svg, {
		background: 'white',
		fitTo: { mode: 'zoom', value: 1 },
		font: { loadSystemFonts: true, defaultFontFamily: fonts.split(',')[0] ?? '' },
	});
	return sharp(image.render().asPng()).png({ palette: true, colours: 16, dither: 0, effort: 10 }).toBuffer();
}
