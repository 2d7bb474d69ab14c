const offsetBasis = 0xcbf29ce484222325n;
const prime = 0x100000001b3n;

/** FNV-1a of 64 bits over the bytes of a layout's text. 0 stands for no layout in the handshake, so a hash of 0 becomes 1. */
export function layoutHash(layout: string): bigint {
	let hash = offsetBasis;
	for (const byte of Buffer.from(layout)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * prime);
	return hash === 0n ? 1n : hash;
}
