import { defineChannel, utf8 } from 'ringwire';

/** Lines of text such as `kitchen 21.4`. The lane is small on purpose, so that the writer soon feels what the reader does. */
export const readings = defineChannel({ name: 'example-readings', codec: utf8(), depth: 64 });
