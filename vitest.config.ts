import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const sources = fileURLToPath(new URL('./src', import.meta.url));

export default defineConfig({
	resolve: {
		// One instance of the library in a test, whether it imports 'ringwire' or a file of src. Child processes of tests
		// (test/programs) are compiled and use dist.
		alias: [
			{ find: /^ringwire$/, replacement: `${sources}/index.ts` },
			{ find: /^ringwire\/(\w+)$/, replacement: `${sources}/$1/index.ts` },
		],
	},
	test: {
		include: ['test/**/*.test.ts'],
		pool: 'forks',
		maxWorkers: 2,
		// A watchdog for what waits, not a bound on speed.
		testTimeout: 60_000,
		hookTimeout: 60_000,
	},
});
