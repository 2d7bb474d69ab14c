import { statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { formatBytes } from '../format.js';
import { textOf } from './files.js';
import { type Finding, ok, warning } from './finding.js';

const descriptorsMin = 1024;
const memoryFreeMin = 64 * 1024 ** 2;
const backlogMin = 128;
/** cgroup version 1 has a number near 2^63 for no limit. */
const unlimitedFrom = 2 ** 60;

/** Node raises the soft limit to the hard one when it starts. */
export function checkDescriptors(limits = textOf('/proc/self/limits')): Finding {
	const soft = limitIn(limits, 'Max open files');
	const found = `${soft ?? 'unknown'} descriptors in a process`;
	if (soft === undefined || soft === 'unlimited' || Number(soft) >= descriptorsMin) return ok('descriptors', found);
	const advice = `raise the hard limit (ulimit -Hn, LimitNOFILE of systemd): a connection takes 7 descriptors`;
	return warning('descriptors', found, advice);
}

export function checkLockedMemory(limits = textOf('/proc/self/limits')): Finding {
	const soft = limitIn(limits, 'Max locked memory') ?? 'unknown';
	return ok('locked memory', `${/^\d+$/.test(soft) ? formatBytes(Number(soft)) : soft}; ringwire locks none`);
}

/** The rings of a writer count for its control group, from the moment it is opened. */
export function checkMemoryLimit(root = '/'): Finding {
	const group = tightestGroup(root);
	if (group === undefined) return ok('memory limit', 'none of a control group');
	const found = `${formatBytes(group.used)} of ${formatBytes(group.limit)} used in the control group`;
	if (group.limit - group.used >= memoryFreeMin) return ok('memory limit', found);
	return warning('memory limit', found, 'raise the limit, or define channels with a smaller capacity');
}

export function checkBacklog(file = '/proc/sys/net/core/somaxconn'): Finding {
	const backlog = textOf(file)?.trim();
	const found = `${backlog ?? 'unknown'} (net.core.somaxconn)`;
	if (backlog === undefined || Number(backlog) >= backlogMin) return ok('backlog', found);
	return warning(
		'backlog',
		found,
		`set net.core.somaxconn to ${backlogMin} or more: peers retry when they join at once`,
	);
}

export function checkSharedMemoryFolder(folder = '/dev/shm'): Finding {
	try {
		const { bsize, blocks } = statfsSync(folder);
		return ok(folder, `${formatBytes(bsize * blocks)}; ringwire does not use it`);
	} catch {
		return ok(folder, 'absent; ringwire does not use it');
	}
}

interface MemoryGroup {
	readonly limit: number;
	readonly used: number;
}

/** Of this process's control group and those around it, the one with the least memory left. */
function tightestGroup(root: string): MemoryGroup | undefined {
	const lines = textOf(join(root, 'proc/self/cgroup'))?.split('\n') ?? [];
	const groups = lines.flatMap((line) => {
		const [, controllers = '', path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
		if (path === undefined) return [];
		const unified = controllers === '';
		if (!unified && !controllers.split(',').includes('memory')) return [];
		const names = unified ? ['memory.max', 'memory.current'] : ['memory.limit_in_bytes', 'memory.usage_in_bytes'];
		const mount = join(root, 'sys/fs/cgroup', unified ? '' : 'memory');
		return pathsUp(path).flatMap((folder) => groupIn(join(mount, folder), names));
	});
	return groups.sort((one, other) => one.limit - one.used - (other.limit - other.used))[0];
}

function groupIn(folder: string, names: readonly string[]): MemoryGroup[] {
	const [limit = Number.NaN, used = Number.NaN] = names.map((name) => Number(textOf(join(folder, name)) ?? 'none'));
	return limit < unlimitedFrom && used >= 0 ? [{ limit, used }] : [];
}

function pathsUp(path: string): string[] {
	return path === dirname(path) ? [path] : [path, ...pathsUp(dirname(path))];
}

function limitIn(limits: string | undefined, name: string): string | undefined {
	const line = limits?.split('\n').find((text) => text.startsWith(name));
	return line?.slice(name.length).trim().split(/\s+/)[0];
}
