import { bytes, defineChannel } from 'ringwire';

/** Each message is one FlatBuffer with a Reading as its root. */
export const readings = defineChannel({ name: 'example-flatbuffers', codec: bytes() });
