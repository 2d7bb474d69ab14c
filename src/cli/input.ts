import { fstatSync } from 'node:fs';
import { addAbortSignal } from 'node:stream';

const newline = 0x0a;

/** Standard input as messages, in arrays of messages that arrived together. Throws the signal's reason when it aborts. */
export async function* messagesFromInput(
	lines: boolean,
	messageMax: number,
	signal: AbortSignal,
): AsyncGenerator<Uint8Array[]> {
	const input = addAbortSignal(signal, process.stdin);
	let rest: Uint8Array = Buffer.alloc(0);
	try {
		for await (const chunk of input) {
			if (!lines) {
				yield pieces(chunk, messageMax);
				continue;
			}
			const text = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
			const messages = linesOf(text);
			rest = messages.pop() ?? rest;
			// A line without an end must not grow without limit: it is written as it is, and refused as too large.
			if (rest.length > messageMax) messages.push(rest);
			yield messages;
		}
		if (rest.length > 0) yield [rest];
	} catch (error) {
		signal.throwIfAborted();
		throw error;
	}
}

/** The number of bytes on standard input if it is a file; otherwise undefined. */
export function inputLength(): number | undefined {
	try {
		const stat = fstatSync(0);
		return stat.isFile() && stat.size > 0 ? stat.size : undefined;
	} catch {
		return undefined;
	}
}

function pieces(chunk: Buffer, lengthMax: number): Uint8Array[] {
	if (chunk.length <= lengthMax) return [chunk];
	const all: Uint8Array[] = [];
	for (let begin = 0; begin < chunk.length; begin += lengthMax) all.push(chunk.subarray(begin, begin + lengthMax));
	return all;
}

/** The parts between newlines. The last part follows the last newline. */
function linesOf(text: Buffer): Uint8Array[] {
	const all: Uint8Array[] = [];
	let begin = 0;
	for (let end = text.indexOf(newline); end >= 0; end = text.indexOf(newline, begin)) {
		all.push(text.subarray(begin, end));
		begin = end + 1;
	}
	all.push(text.subarray(begin));
	return all;
}
