const newline = Buffer.from('\n');
const writeMin = 64 * 1024;

/** Writes messages to standard output, small ones together. Resolves when they are written; rejects with EPIPE when the other end is closed. */
export async function writeOutput(messages: readonly Uint8Array[], lines: boolean): Promise<void> {
	let together: Uint8Array[] = [];
	let bytes = 0;
	for (const message of messages) {
		together.push(message);
		if (lines) together.push(newline);
		bytes += message.length;
		if (bytes < writeMin) continue;
		await write(together);
		together = [];
		bytes = 0;
	}
	if (together.length > 0) await write(together);
}

function write(pieces: Uint8Array[]): Promise<void> {
	const [only] = pieces;
	const bytes = pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
	return new Promise((resolve, reject) => {
		process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()));
	});
}
