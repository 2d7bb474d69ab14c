/** The program of `tryAddon`: loads the addon, passes one message through a channel, and prints a `TrialReport`. */
import { reasonOf } from '../base/errors.js';
import { defineChannel } from '../definition/channel.js';
import { loadAddon } from '../native/load.js';
import { locateAddon } from '../native/location.js';
import { openReader } from '../reader/reader.js';
import { openWriter } from '../writer/open-writer.js';
import type { TrialReport } from './trial.js';

const timeoutMs = 20_000;
const message = Buffer.from('trial');

process.stdout.write(JSON.stringify(await report()));

async function report(): Promise<TrialReport> {
	let file: string | undefined;
	try {
		file = locateAddon().file;
		loadAddon();
	} catch (error) {
		return { file, failed: 'load', reason: reasonOf(error) };
	}
	try {
		await exchange();
		return { file, failed: undefined, reason: '' };
	} catch (error) {
		return { file, failed: 'exchange', reason: reasonOf(error) };
	}
}

/** Through one process: the kernel, the run-time folder and the memory take part as they do between two. */
async function exchange(): Promise<void> {
	const channel = defineChannel({ name: `trial-${process.pid}`, capacity: 65_536 });
	const signal = AbortSignal.timeout(timeoutMs);
	const writer = openWriter(channel);
	const reader = openReader(channel);
	try {
		await writer.write(message, { signal });
		const received = await reader.read({ signal });
		if (received === undefined || !message.equals(received)) throw new Error('another message came out');
	} finally {
		await reader.close();
		await writer.close();
	}
}
