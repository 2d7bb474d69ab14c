/**
 * `npm run soak -- --minutes N [--seed S]`: real processes at channels of all policies are killed, stopped, closed and restarted at random while
 * every message is checked, see README.md. Ends with a table, and with status 1 after a violation.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cac } from 'cac';
import { Conductor } from './conductor.js';
import { grown, printTable } from './report.js';

const cli = cac('soak');
cli.option('--minutes <minutes>', 'How long, fractions too', { default: 1 });
cli.option(
	'--seed <seed>',
	'The seed of all random choices; the moments at which they take effect depend on the machine',
);
cli.help();
const { options } = cli.parse();

if (options.help !== true) process.exitCode = await soak(number('minutes'), number('seed', randomSeed()));

function number(option: 'minutes' | 'seed', otherwise?: number): number {
	const value: unknown = options[option] ?? otherwise;
	if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
	throw new TypeError(`--${option}: got ${String(value)}, must be a number from 0 on`);
}

function randomSeed(): number {
	return Math.floor(Math.random() * 2 ** 32);
}

async function soak(minutes: number, seed: number): Promise<number> {
	console.log(`soak for ${minutes} minutes, seed ${seed}, pid ${process.pid}`);
	const folder = mkdtempSync(join(tmpdir(), 'ringwire-soak-'));
	const [channels, diaries] = [join(folder, 'channels'), join(folder, 'diaries')];
	for (const each of [channels, diaries]) mkdirSync(each, { mode: 0o700 });
	process.env.RINGWIRE_DIR = channels;
	const conductor = new Conductor(seed, diaries);
	for (const signal of ['SIGINT', 'SIGTERM'] as const) {
		process.once(signal, () => {
			void conductor.killAll().then(() => {
				rmSync(folder, { recursive: true, force: true });
				process.exit(130);
			});
		});
	}
	try {
		const totalMs = minutes * 60_000;
		const warmUpMs = Math.min(totalMs / 4, 60_000);
		const spellMs = Math.min(Math.max(totalMs / 5, 1000), 10_000);
		const start = performance.now();
		await conductor.gather();
		await conductor.spell(warmUpMs);
		const before = await conductor.measureAlone();
		await conductor.gather();
		while (performance.now() - start < totalMs) {
			await conductor.spell(spellMs);
		}
		const after = await conductor.measureAlone();
		await conductor.finish();
		const left = [...readdirSync(channels), ...processesOf(folder)];
		printTable({ seed, seconds: (performance.now() - start) / 1000, conductor, before, after, left });
		const wrong = [...grown(before, after), ...left.map((name) => `left behind: ${name}`)];
		for (const what of wrong) console.error(`VIOLATION, seed ${seed}: ${what}`);
		return wrong.length === 0 ? 0 : 1;
	} catch (error) {
		console.error(error instanceof Error ? error.message : error);
		return 1;
	} finally {
		await conductor.killAll();
		rmSync(folder, { recursive: true, force: true });
	}
}

/** The processes of this soak that are still there. */
function processesOf(folder: string): readonly string[] {
	const isOfSoak = (pid: string) => {
		try {
			return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`RINGWIRE_DIR=${folder}`);
		} catch {
			// It has ended since, or belongs to another user.
			return false;
		}
	};
	const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
	return pids.filter(isOfSoak).map((pid) => `process ${pid}`);
}
