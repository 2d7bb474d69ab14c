import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const sources = fileURLToPath(new URL('./src', import.meta.url));

/** The files that take longest, in this order at the beginning: at the end, the others would be done and wait for them. */
const longest = [
	...['bench', 'channel-soundness', 'channel-processes', 'snippets', 'process-exit', 'soak', 'cli-pipe', 'cli-usage'],
	...[
		'hostile-writer',
		'worker-termination',
		'connection-matrix',
		'reader-silent-writer',
		'service-storm',
		'examples',
	],
];

/**
 * Files with processes of their own. They count descriptors, mappings, processes or collected objects, change or end their process, use most of the
 * memory, or start so many children that one process more does not matter. The others share a process for each worker: to start
 * one and to import the library takes 0.7 s of processor time.
 */
const alone = [
	...longest,
	...['abort', 'adapters-lifetime', 'channel-limits', 'channel-restart', 'channel-shutdown', 'channel-threads'],
	...[
		'api-reference',
		'child-processes',
		'cli-build',
		'cli-doctor',
		'cli-list',
		'connection-ends',
		'connection-lifetime',
		'containers',
		'demo',
		'errors',
		'event-loop',
		'exhaustion',
	],
	...['first-messages', 'handle-diagnostics', 'handle-lifetime', 'native-loading', 'package-exports', 'peer-death'],
	...['reader-message-max', 'run-time-folder', 'server-many-clients', 'sync-processes', 'sync-worker', 'two-copies'],
	...['uncaught-exceptions', 'users', 'vm-context'],
].map((name) => `test/${name}.test.ts`);

class LongestFirst extends BaseSequencer {
	override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
		const rank = ({ moduleId }: TestSpecification) => {
			const index = longest.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
			return index < 0 ? longest.length : index;
		};
		return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
	}
}

export default defineConfig({
	resolve: {
		// One instance of the library in a test, whether it imports 'ringwire' or a file of src. Child processes of tests
		// (test/programs) are compiled and use dist.
		alias: [
			{ find: /^ringwire$/, replacement: `${sources}/index.ts` },
			{ find: /^ringwire\/codecs\/(\w+)$/, replacement: `${sources}/codecs/$1.ts` },
			{ find: /^ringwire\/(\w+)$/, replacement: `${sources}/$1/index.ts` },
		],
	},
	test: {
		pool: 'forks',
		// One more than the processors of a small machine: some tests wait for time-outs of the library, or for their children.
		maxWorkers: 3,
		sequence: { sequencer: LongestFirst },
		projects: [
			{ extends: true, test: { name: 'alone', include: alone } },
			{
				extends: true,
				test: { name: 'shared', include: ['test/**/*.test.ts'], exclude: alone, isolate: false },
			},
		],
		// A watchdog for what waits, not a bound on speed.
		testTimeout: 60_000,
		hookTimeout: 60_000,
	},
});
