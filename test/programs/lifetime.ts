// Does one thing with a channel and then nothing, for tests of the lifetime of processes. Prints 'alive' if the loop still turns
// after a while, and nothing if the process could exit.
import { defineChannel, json, openReader, openWriter, type Writer } from 'ringwire';

const [what = '', name = '', millis] = process.argv.slice(2);
const channel = defineChannel({ name, codec: json<number>() });

function linger(writer: Writer<number>): Writer<number> {
	writer.tryWrite(1);
	void writer.close({ lingerMs: 1_000_000 });
	return writer;
}

const deeds: Record<string, () => unknown> = {
	'open reader': () => openReader(channel),
	'open writer': () => openWriter(channel),
	'open reader, unref': () => openReader(channel).unref(),
	'open writer, unref': () => openWriter(channel).unref(),
	'open reader, unref, ref': () => openReader(channel).unref().ref(),
	'open reader, close': () => openReader(channel).close(),
	'open writer, close': () => openWriter(channel).close(),
	'open writer, dispose': () => openWriter(channel)[Symbol.dispose](),
	'unref, then read': () => openReader(channel).unref().read(),
	linger: () => linger(openWriter(channel)),
	'unref, then linger': () => linger(openWriter(channel).unref()),
	'linger, then unref': () => linger(openWriter(channel)).unref(),
	'linger unref, then ref': () => linger(openWriter(channel).unref()).ref(),
	'end of the channel': async () => {
		const reader = openReader(channel);
		const writer = openWriter(channel);
		await reader.whenConnected();
		writer.end();
		for await (const _ of reader);
		await writer.close();
	},
	'leave the loop': async () => {
		const writer = openWriter(channel);
		writer.tryWrite(1);
		for await (const _ of openReader(channel)) break;
		await writer.close();
	},
	abort: async () => {
		const abort = new AbortController();
		openReader(channel, { signal: abort.signal });
		openWriter(channel, { signal: abort.signal });
		abort.abort();
	},
};

const keep = deeds[what]?.();
setTimeout(() => {
	console.log('alive');
	process.exit();
}, Number(millis)).unref();
// So that nothing is collected before its time.
process.on('exit', () => keep);
