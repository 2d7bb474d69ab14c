import { bytes, defineChannel } from 'ringwire';

/** Each message is one Arrow IPC stream: a schema and a record batch. */
export const batches = defineChannel({ name: 'example-arrow', codec: bytes(), capacity: 8 * 1024 * 1024 });
