import { defineChannel } from 'ringwire';

/** Bytes; `block`, the default, loses nothing: the faster side waits. */
export const packed = defineChannel({ name: 'example-file-pipe' });
