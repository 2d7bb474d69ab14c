import { openReader } from 'ringwire';
import { log } from './channel.js';

/** So that the example comes to an end: a real collector runs until it is told to stop. */
const writers = Number(process.argv[2] ?? 4);

// Merged by the time of sending, so that the entries of all programs are in one order.
const reader = openReader(log, { order: 'time' });
let gone = 0;
reader.on('disconnect', ({ peer, reason }) => {
	// Comes when everything that this writer had published has been delivered, also if it died.
	if (reason === 'died') console.log(`collector: a program (pid ${peer.pid}) died`);
	if (++gone === writers) void reader.close();
});

const counts = new Map<string, { entries: number; warnings: number }>();
for await (const { source, level } of reader) {
	const count = counts.get(source) ?? { entries: 0, warnings: 0 };
	count.entries++;
	if (level === 'warning') count.warnings++;
	counts.set(source, count);
}

for (const [source, { entries, warnings }] of [...counts].sort()) {
	console.log(`collector: ${source}: ${entries} entries, ${warnings} warnings`);
}
console.log(`collector: ${reader.stats.messages} entries from ${counts.size} sources, ${reader.stats.lost} lost`);
