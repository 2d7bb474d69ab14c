// Runs other programs, with their output visible or behind one line of progress.
import { spawn } from 'node:child_process';
import { root } from './paths.mjs';

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const plainLineEveryMs = 20_000;

/** Runs a command with the standard streams of this process. Resolves whether it succeeded. */
export async function run(command, args, options) {
	return (await runForStatus(command, args, options)) === 0;
}

/** Runs a command with the standard streams of this process. Resolves with its exit status, or 1 if a signal ended it. */
export function runForStatus(command, args, options = {}) {
	return new Promise((resolve) => {
		const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options });
		child.on('error', (error) => {
			console.error(`${command}: ${error.message}`);
			resolve(1);
		});
		child.on('close', (code) => resolve(code ?? 1));
	});
}

/** Runs a command, shows its output and also returns it. */
export const runAndKeep = (command, args, options) => keep(command, args, options, process.stdout);

/** Runs a command and returns its output without showing it. */
export const capture = (command, args, options) => keep(command, args, options, undefined);

/** Calls functions that return promises, two at a time. Resolves with their results in order. */
export async function twoAtATime(jobs) {
	const results = [];
	let next = 0;
	const work = async () => {
		for (let index = next++; index < jobs.length; index = next++) results[index] = await jobs[index]();
	};
	await Promise.all([work(), work()]);
	return results;
}

/** Runs commands behind one line of progress. Their output is shown only if one of them fails. */
export async function runQuietly(title, commands) {
	const stopProgress = showProgress(title);
	for (const { command, args, options } of commands) {
		const { ok, output } = await capture(command, args, options);
		if (ok) continue;
		stopProgress('failed');
		process.stderr.write(`\n$ ${[command, ...args].join(' ')}\n${output}\n`);
		return false;
	}
	stopProgress('done');
	return true;
}

function keep(command, args, options, display) {
	return new Promise((resolve) => {
		let output = '';
		const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options });
		for (const stream of [child.stdout, child.stderr]) {
			stream.setEncoding('utf8').on('data', (text) => {
				output += text;
				display?.write(text);
			});
		}
		child.on('error', (error) => {
			output += `${command}: ${error.message}\n`;
			display?.write(output);
			resolve({ ok: false, output });
		});
		child.on('close', (code) => resolve({ ok: code === 0, output }));
	});
}

function showProgress(title) {
	const start = Date.now();
	const elapsed = () => `${Math.round((Date.now() - start) / 1000)} s`;
	const terminal = process.stderr.isTTY;
	let round = 0;
	const show = () => {
		const sign = spinner[round++ % spinner.length];
		process.stderr.write(terminal ? `\r\x1b[K${sign} ${title}  ${elapsed()}` : `  still running, ${elapsed()}\n`);
	};
	if (!terminal) process.stderr.write(`${title}\n`);
	const timer = setInterval(show, terminal ? 100 : plainLineEveryMs);
	return (outcome) => {
		clearInterval(timer);
		if (terminal) process.stderr.write(`\r\x1b[K${title}  ${outcome}, ${elapsed()}\n`);
		else process.stderr.write(`  ${outcome}, ${elapsed()}\n`);
	};
}
