import { afterEach, expect, it } from 'vitest';
import { numbers, writerOf } from './support/pair.js';
import { killPrograms, startProgram } from './support/programs.js';
import { useTemporaryFolder } from './support/temporary-folder.js';

useTemporaryFolder();
afterEach(killPrograms);

const faces = ['Observable', 'pullMap', 'writeTo', 'Readable', 'ReadableStream', 'Writable', 'ix', 'channelEvents'];

it.each(faces)('a process whose last %s is gone exits by itself', async (face) => {
	const channel = numbers();
	const writer = writerOf(channel);
	writer.tryWriteBatch([1, 2, 3]);
	const program = startProgram('leaver', [face, channel.name]);
	await program.received('left');
	// A handle that is still open would keep the process alive until the watchdog ends it.
	expect(await program.exit).toBe(0);
});
