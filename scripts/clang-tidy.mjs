// clang-tidy over the C++ sources that are shipped (headers are seen through them), two at a time, as its start-up dominates. The
// native tests have the compiler's warnings and the sanitizers.
import { dirname } from 'node:path';
import { cppFiles, nodeModule } from './paths.mjs';
import { capture } from './tool.mjs';

const flags = [
	...['-std=c++20', '-fno-exceptions', '-fno-rtti', '-Ilib-native'],
	...['-isystem', nodeModule('node-addon-api'), '-isystem', `${dirname(dirname(process.execPath))}/include/node`],
	...['-DNAPI_VERSION=9', '-DNAPI_DISABLE_CPP_EXCEPTIONS', '-DNODE_ADDON_API_DISABLE_DEPRECATED'],
];

const todo = cppFiles().filter((file) => file.endsWith('.cc') && !/\/(test|fuzz|model|simulation)\//.test(file));
let good = true;
async function work() {
	for (let file = todo.shift(); file !== undefined; file = todo.shift()) {
		const { ok, output } = await capture('clang-tidy', ['--quiet', file, '--', ...flags]);
		if (!ok) process.stdout.write(output.replace(/^\d+ warnings.*\n/gm, ''));
		good &&= ok;
	}
}
await Promise.all([work(), work()]);
process.exitCode = good ? 0 : 1;
