// node scripts/run.mjs demo/main [arguments]: sets up what is missing, then runs the compiled program.
import { fromRoot } from './paths.mjs';
import { setUp } from './set-up.mjs';
import { run } from './tool.mjs';

const [program, ...args] = process.argv.slice(2);
if (program === undefined) {
	console.error('usage: node scripts/run.mjs PROGRAM [ARGUMENT...], for instance demo/main');
	process.exitCode = 2;
} else if (!(await setUp()) || !(await run(process.execPath, [fromRoot('build/programs', `${program}.js`), ...args]))) {
	process.exitCode = 1;
}
