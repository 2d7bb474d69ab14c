import type { Settings } from './options.js';
import type { Report } from './print.js';

/** Not built yet: says so where a picture was asked for, instead of leaving nothing in silence. */
export async function writePictures(_report: Report, settings: Settings): Promise<void> {
	for (const option of ['html', 'png', 'markdown'] as const) {
		if (settings[option] !== undefined)
			settings.say(`--${option} is not built yet: nothing was written to ${settings[option]}`);
	}
}
