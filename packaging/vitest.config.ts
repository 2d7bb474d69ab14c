import { defineConfig } from 'vitest/config';

export default defineConfig({
	test: {
		include: ['packaging/test/**/*.test.ts'],
		globalSetup: 'packaging/test/support/tarball.ts',
		pool: 'forks',
		maxWorkers: 2,
		// npm downloads, compilers and emulators run in them.
		testTimeout: 600_000,
		hookTimeout: 600_000,
	},
});
