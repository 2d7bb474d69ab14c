/**
 * Commands that run a program in other surroundings: a namespace of its own, another user, under limits. Whether the kernel
 * allows it here is tried first; where it does not, the test is skipped with the reason, which is not to have passed.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'vitest';

/** A command with arguments, to which another command with arguments is appended. */
export type Surroundings = readonly string[];

/** Skips the test if `through` is not available here; returns it otherwise. */
export function needed(context: TestContext, through: Surroundings): Surroundings {
	const [command = '', ...args] = through;
	const { status, error, stderr } = spawnSync(command, [...args, 'true'], { encoding: 'utf8' });
	const reason = error?.message ?? stderr.trim();
	context.skip(status !== 0, `NOT CHECKED, refused here: ${through.join(' ')}: ${reason}`);
	return through;
}

/** Skips the test unless this process may do everything: be other users, mount file systems. */
export function needsRoot(context: TestContext): void {
	context.skip(process.geteuid?.() !== 0, 'NOT CHECKED, needs root');
}

/** A pid namespace of its own. When `unshare` is killed, so is what it runs. */
export const inPidNamespace: Surroundings = ['unshare', '--pid', '--fork', '--kill-child'];

/** A mount namespace of its own, in which a shell runs `script` first. */
export function withMounts(script: string): Surroundings {
	const shell = ['sh', '-c', `set -e; ${script}; exec "$@"`, 'sh'];
	return ['unshare', '--mount', '--propagation', 'private', '--fork', '--kill-child', ...shell];
}

/** As another user whose only other group is `group`. */
export function asUser(user: number, group: number): Surroundings {
	return ['setpriv', `--reuid=${user}`, `--regid=${user}`, `--groups=${group}`];
}

/** No more than so much of a resource, named as the options of prlimit are. */
export function withLimit(resource: 'nofile' | 'fsize', value: number): Surroundings {
	return ['prlimit', `--${resource}=${value}:${value}`];
}

/** Runs one of the deeds of test/programs/enclosed and returns its report. */
export function enclosed(
	deed: string,
	options: {
		through?: Surroundings;
		env?: NodeJS.ProcessEnv;
		flags?: readonly string[];
		args?: readonly string[];
	} = {},
): unknown {
	const { through = [], env = process.env, flags = [], args = [] } = options;
	const program = fileURLToPath(new URL('../../build/programs/test/programs/enclosed.js', import.meta.url));
	const [command = '', ...rest] = [...through, process.execPath, ...flags, program, deed, ...args];
	return JSON.parse(execFileSync(command, rest, { env, encoding: 'utf8', maxBuffer: 1e8 }));
}
