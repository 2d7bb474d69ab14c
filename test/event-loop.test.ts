/** One conformance suite for every event loop of the binding, each law in a process of its own. */
import { describe, expect, test } from 'vitest';
import { loopNames } from './programs/event-loop/kit.js';
import { laws } from './programs/event-loop/laws.js';
import { processLaws } from './programs/event-loop/process-laws.js';
import { runCompiled } from './support/compiled.js';

describe.each(loopNames)('%s', (loop) => {
	const run = (law: string) => runCompiled('test/programs/event-loop/main', loop, law);

	test.concurrent.each(laws)('$name', async ({ name }) => {
		expect(await run(name)).toEqual({ status: 0, output: '', errors: '' });
	});
	test.concurrent.each(processLaws)('$name', async ({ name, output }) => {
		expect(await run(name)).toEqual({ status: 0, output, errors: '' });
	});
});
