/** A reader in a process of its own, see test/support/programs.ts. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { defineChannel, openReader, utf8 } from 'ringwire';
import type { ReaderReport, ReaderTask } from '../support/tasks.js';

const task: ReaderTask = JSON.parse(process.argv[2] ?? '');
const channel = defineChannel({ name: task.channel, codec: utf8(), overflow: task.overflow });
const reader = openReader(channel, { lossy: task.lossy, order: task.order });
const next = new Map<string, number>();
const report: ReaderReport = { delivered: 0, lost: 0, gaps: 0, disorder: 0, events: [], stats: undefined };
reader.on('lost', ({ count }) => {
	report.lost += count;
});
reader.on('connect', () => report.events.push('connect'));
reader.on('disconnect', ({ reason }) => {
	report.events.push(reason);
	process.send?.({ type: reason, report });
});
process.send?.({ type: 'open' });

for await (const message of reader) {
	const [label = '', text = ''] = message.split(' ');
	const index = Number(text);
	const expected = next.get(label) ?? 0;
	if (index > expected) report.gaps += index - expected;
	if (index < expected) report.disorder++;
	next.set(label, index + 1);
	report.delivered++;
	if (task.pauseEvery > 0 && report.delivered % task.pauseEvery === 0) await nextTurn();
}
report.stats = reader.stats;
process.send?.({ type: 'done', report });
process.disconnect?.();
