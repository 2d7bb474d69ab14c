import type { Codec } from './types.js';

/** The property `layout` of a codec, for a codec that carries its messages. Empty without one. */
export function layoutOf({ layout }: Codec<never, unknown>): Pick<Codec<never>, 'layout'> {
	return layout === undefined ? {} : { layout };
}
