import { defineChannel } from 'ringwire';
import { expect, test } from 'vitest';
import { pairOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();

test('the largest lane there is, 1 GiB and 2^20 messages, carries its largest message and as many as its depth', async () => {
	const channel = defineChannel({ name: uniqueName(), capacity: 2 ** 30, depth: 2 ** 20 });
	const { writer, reader } = await pairOf(channel);
	const largest = Buffer.alloc(channel.messageMax, 7);
	largest[largest.length - 1] = 9;
	expect(writer.tryWrite(largest)).toBe(true);
	expect(largest.equals((await reader.read()) ?? Buffer.alloc(0))).toBe(true);
	await writer.flush();
	let count = 0;
	while (writer.tryWrite(Buffer.of(count & 255))) count++;
	expect(count).toBe(2 ** 20);
});
