// Checks that the steps at which tests kill a process (lib-native/core/step.h) are in the library that was built with them, and that no trace
// of them is in the addon and the plain library. Run it after all three are built.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fromRoot } from './paths.mjs';

const names = execFileSync(fromRoot('lib-native/out/steps/laws'), ['--steps'], { encoding: 'utf8' })
	.split('\n')
	.filter((line) => line !== '');
// The names, and the symbols of the hook itself.
const traces = [...names, 'RINGWIRE_STEP', '8StepName', 'on_reached'];

const found = (file) => {
	const bytes = readFileSync(fromRoot(file));
	return traces.filter((trace) => bytes.includes(trace));
};

let good = true;
const hooked = found('lib-native/out/steps/libringwire.a');
const missing = names.filter((name) => !hooked.includes(name));
if (names.length === 0 || missing.length > 0 || !hooked.includes('8StepName') || !hooked.includes('on_reached')) {
	console.error(`this check is blind: it misses steps in the library that has them: ${missing.join(', ')}`);
	good = false;
}
for (const file of ['lib-native/out/plain/libringwire.a', 'lib-native/build/Release/ringwire.node']) {
	const traced = found(file);
	if (traced.length > 0) {
		console.error(`${file} has steps compiled in: ${traced.join(', ')}`);
		good = false;
	}
}
if (good) console.log(`${names.length} steps, none of them in the addon or the plain library`);
process.exitCode = good ? 0 : 1;
