import { runTogether } from '../run-together.js';

await runTogether(
	import.meta.url,
	['./collector.js', '4'],
	['./writer.js', 'web'],
	['./writer.js', 'database'],
	['./writer.js', 'jobs', 'and-worker'],
);
