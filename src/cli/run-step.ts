import { type SpawnOptions, spawn } from 'node:child_process';

const drawEveryMs = 100;
const spinner = ['|', '/', '-', '\\'];

export interface StepOptions extends SpawnOptions {
	readonly signal: AbortSignal;
}

export interface StepOutcome {
	readonly ok: boolean;
	/** Standard output and standard error together. */
	readonly output: string;
}

/** Runs a command behind one line of progress on standard error. Rejects with `signal.reason` after an abort only. */
export async function runStep(
	title: string,
	[command, ...args]: readonly [string, ...string[]],
	options: StepOptions,
): Promise<StepOutcome> {
	const stop = showProgress(title);
	const outcome = await capture(command, args, options);
	stop(outcome.ok ? 'done' : 'failed');
	options.signal.throwIfAborted();
	return outcome;
}

function capture(command: string, args: readonly string[], options: StepOptions): Promise<StepOutcome> {
	return new Promise((resolve) => {
		let output = '';
		const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
		for (const stream of [child.stdout, child.stderr]) {
			stream.setEncoding('utf8').on('data', (text: string) => {
				output += text;
			});
		}
		child.on('error', (error) => resolve({ ok: false, output: `${output}${command}: ${error.message}\n` }));
		child.on('close', (code) => resolve({ ok: code === 0, output }));
	});
}

/** A terminal gets a line that is redrawn with the seconds so far, everything else two lines. */
function showProgress(title: string): (result: string) => void {
	const begin = performance.now();
	const seconds = () => `${Math.round((performance.now() - begin) / 1000)} s`;
	const terminal = process.stderr.isTTY === true;
	let turn = 0;
	const draw = () => process.stderr.write(`\r\x1b[K${spinner[turn++ % spinner.length]} ${title}  ${seconds()}`);
	if (!terminal) process.stderr.write(`ringwire: ${title}\n`);
	const timer = terminal ? setInterval(draw, drawEveryMs) : undefined;
	return (result) => {
		clearInterval(timer);
		process.stderr.write(`${terminal ? '\r\x1b[K' : ''}ringwire: ${title}: ${result}, ${seconds()}\n`);
	};
}
