// node scripts/run.mjs demo/main [arguments]: sets up what is missing, then runs the compiled program. The exit status is the program's.
import { fromRoot } from './paths.mjs';
import { setUp } from './set-up.mjs';
import { runForStatus } from './tool.mjs';

const [program, ...args] = process.argv.slice(2);
if (program === undefined) {
	console.error('usage: node scripts/run.mjs PROGRAM [ARGUMENT...], for instance demo/main');
	process.exitCode = 2;
} else if (!(await setUp())) {
	process.exitCode = 1;
} else {
	process.exitCode = await runForStatus(process.execPath, [fromRoot('build/programs', `${program}.js`), ...args]);
}
