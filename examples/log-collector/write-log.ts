import { openWriter } from 'ringwire';
import { log } from './channel.js';

/** The logging of any part of a program: a writer of its own, in a process or in a worker thread alike. */
export async function writeLog(source: string, entries: number): Promise<void> {
	const writer = openWriter(log);
	await writer.whenConnected();
	for (let i = 1; i <= entries; i++) {
		await writer.write({ source, level: i % 10 === 0 ? 'warning' : 'info', text: `entry ${i} of ${entries}` });
	}
	// Leaves, but does not end the channel: others may go on logging. Waits until the collector has read everything.
	const { unread } = await writer.close({ lingerMs: 10_000 });
	if (unread > 0) throw new Error(`${source}: ${unread} entries are unread`);
}
