import { defineChannel } from 'ringwire';

/** Bytes; `block`, the default, loses nothing: whoever is faster waits. */
export const packed = defineChannel({ name: 'example-file-pipe' });
