// Hostile peers, generated at random and by libFuzzer (lib-native/fuzz). Builds the scenes and runs each of them both ways. Prints the number
// of inputs of each class.
//
//   npm run fuzz                             the same as npm test: a fixed count from fixed seeds, then libFuzzer for a short time
//   npm run fuzz -- --seconds 600            all scenes together take this time; the seeds differ each time
//   npm run fuzz -- --seconds 60 --only wire one of them
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { needDebianPackages } from './debian-packages.mjs';
import { fromRoot } from './paths.mjs';
import { capture, runQuietly, twoAtATime } from './tool.mjs';

// Each count takes two or three seconds. Two scenes run at a time.
const runsByScene = {
	lane_image: 20_000,
	hostile_writer: 3000,
	hostile_reader: 3000,
	wire: 3000,
	layouts: 20_000,
	listing: 2000,
};
const guidedSecondsInTest = 2;
const seeds = 8;

/** Resolves with true or false, or, if it was not run, with the reason as a string. */
export async function fuzz(seconds, only = Object.keys(runsByScene)) {
	const missing = await needDebianPackages(['clang-14', 'libclang-rt-14-dev']);
	if (missing !== undefined) return missing;
	const args = ['-s', '-j2', '-C', 'lib-native/fuzz'];
	if (!(await runQuietly('building the fuzzers', [{ command: 'make', args }]))) return false;
	const rounds = Math.ceil(only.length / 2);
	const scenes = only.map((scene) => () => runScene(scene, seconds && Math.ceil(seconds / rounds / 2)));
	return (await twoAtATime(scenes)).every((good) => good);
}

async function runScene(scene, seconds) {
	const program = fromRoot('lib-native/out/fuzz', scene);
	const seed = seconds === undefined ? 1 : Date.now();
	const amount = seconds === undefined ? ['--runs', runsByScene[scene]] : ['--seconds', seconds];
	const byChance = await capture(program, [...amount, '--seed', seed].map(String), { env: environment() });
	const corpus = fromRoot('build/fuzz', scene);
	makeSeeds(corpus);
	const { ok, output } = await capture(
		`${program}-guided`,
		[
			corpus,
			`-max_total_time=${seconds ?? guidedSecondsInTest}`,
			// No function names: the process that resolves them opens descriptors, and the scenes count descriptors.
			...['-max_len=4096', '-timeout=30', '-detect_leaks=0', '-print_funcs=0', '-print_final_stats=1'],
			...[`-seed=${seconds === undefined ? 1 : seed % 2 ** 31}`, `-artifact_prefix=${corpus}-`],
		],
		{ env: environment() },
	);
	// A good run prints only the number of inputs of each class.
	const counts = ok ? output.replace(/^(?! {2,}\d|stat::number).*\n/gm, '') : output;
	console.log(`${scene}, by chance\n${byChance.output}\n${scene}, guided\n${counts}`);
	return byChance.ok && ok;
}

// Seeds. Without them libFuzzer spends most of a short run before it gets past the handshake.
function makeSeeds(corpus) {
	mkdirSync(corpus, { recursive: true });
	let state = 1;
	for (let i = 0; i < seeds; ++i) {
		const bytes = Buffer.alloc(512);
		for (let at = 0; at < bytes.length; ++at) {
			state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
			bytes[at] = state >>> 16;
		}
		writeFileSync(`${corpus}/seed-${i}`, bytes);
	}
}

function environment() {
	const { RINGWIRE_DIR: _, ...rest } = process.env;
	return { ...rest, ASAN_OPTIONS: 'detect_leaks=1:allocator_may_return_null=0' };
}

if (process.argv[1] === import.meta.filename) {
	const { values } = parseArgs({ options: { seconds: { type: 'string' }, only: { type: 'string' } } });
	const seconds = values.seconds === undefined ? undefined : Number(values.seconds);
	const result = await fuzz(seconds, values.only?.split(','));
	if (typeof result === 'string') console.error(`not run: ${result}`);
	process.exitCode = result === true ? 0 : 1;
}
