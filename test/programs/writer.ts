/** A writer in a process of its own, see test/support/programs.ts. */
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { defineChannel, openWriter, utf8 } from 'ringwire';
import type { WriterTask } from '../support/tasks.js';

const task: WriterTask = JSON.parse(process.argv[2] ?? '');
const channel = defineChannel({
	name: task.channel,
	codec: utf8(),
	overflow: task.overflow,
	capacity: task.capacity,
	depth: task.depth,
});
const writer = openWriter(channel);
if (task.readers > 0) await writer.whenConnected(task.readers);
process.send?.({ type: 'connected' });

let accepted = 0;
for (let index = 0; index < task.count; index++) {
	const message = `${task.label} ${index} ${'.'.repeat(index % task.padding)}`;
	if (task.overflow === 'block') {
		await writer.write(message);
		accepted++;
	} else {
		accepted += writer.tryWrite(message) ? 1 : 0;
		if (index % 64 === 63) await nextTurn();
	}
}
process.send?.({ type: 'written', accepted });
if (task.hang) await once(process, 'message');
writer.end();
await writer.close({ lingerMs: 60_000 });
process.send?.({ type: 'done', stats: writer.stats });
process.disconnect?.();
