import { locateAddon } from '../../src/native/location.js';

/** The binary that the tests load: that of this checkout, or a prebuilt one where packaging/test runs them. */
export function addonFile(): string {
	const { file } = locateAddon();
	if (file === undefined) throw new Error('there is no addon: npm run set-up');
	return file;
}
