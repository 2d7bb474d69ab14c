import { bytes, defineChannel, struct, u32 } from 'ringwire';

/** The beginning of each message. Behind it are `rows * columns` numbers of 32 bits, from a multiple of 16 bytes on. */
export const tensor = struct({ step: u32, layer: u32, rows: u32, columns: u32 });

export const tensors = defineChannel({ name: 'example-tensors', codec: bytes() });
