/** A message of `size` bytes that is not all zeros. */
export function messageOf(size: number): Uint8Array {
	return Buffer.alloc(size, 0x5a);
}
