import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface TrialReport {
	/** The binary that a fresh process loads. */
	readonly file: string | undefined;
	/** The step that failed: the addon does not load, or it passes no message. Undefined: none. */
	readonly failed: 'load' | 'exchange' | undefined;
	readonly reason: string;
}

/** The run-time folder of a trial in a folder of its own, which is the current one there. Short, as the path of a socket has to be. */
export const folderOfTrial = '/proc/self/cwd/run';

/**
 * Loads the addon in a fresh process and passes one message through it. Not in this process: a damaged binary can end the
 * process that loads it, and this one may have loaded another binary before.
 */
export function tryAddon(options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {}): TrialReport {
	const program = fileURLToPath(new URL('./trial-program.js', import.meta.url));
	const { status, signal, stdout, stderr } = spawnSync(process.execPath, [program], { ...options, encoding: 'utf8' });
	if (status === 0) {
		const report: TrialReport = JSON.parse(stdout);
		return report;
	}
	const reason = stderr.trim().split('\n').at(-1) ?? '';
	const end = signal === null ? `exit status ${status}` : `signal ${signal}`;
	return { file: undefined, failed: 'load', reason: `the process that loads it ended with ${end} ${reason}`.trim() };
}
