import { existsSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { textOf } from './files.js';
import { type Finding, ok, warning } from './finding.js';

/** The inode of the first pid namespace, PROC_PID_INIT_INO of the kernel. */
const firstPidNamespace = 'pid:[4026531836]';

/** Processes in other containers have another run-time folder, unless `RINGWIRE_DIR` names a common one. */
export function checkContainer(root = '/', env: NodeJS.ProcessEnv = process.env): Finding {
	const hints = [
		...(existsSync(join(root, '.dockerenv')) ? ['/.dockerenv'] : []),
		...(existsSync(join(root, 'run/.containerenv')) ? ['/run/.containerenv'] : []),
		...(/docker|kubepods|containerd|lxc|podman/.test(textOf(join(root, 'proc/1/cgroup')) ?? '')
			? ['/proc/1/cgroup']
			: []),
		...(isFirstPidNamespace(root) ? [] : ['a pid namespace of its own']),
	];
	if (hints.length === 0) return ok('container', 'none');
	const found = `this is one: ${hints.join(', ')}`;
	if (env.RINGWIRE_DIR) return ok('container', `${found}; RINGWIRE_DIR is set`);
	const advice = 'to reach processes outside of it, set RINGWIRE_DIR to a folder that all of them mount';
	return warning('container', found, advice);
}

function isFirstPidNamespace(root: string): boolean {
	try {
		return readlinkSync(join(root, 'proc/self/ns/pid')) === firstPidNamespace;
	} catch {
		return true; // nothing is known
	}
}
