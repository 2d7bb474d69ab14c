import { release } from 'node:os';
import { describeLibc } from '../../native/libc.js';
import type { TrialReport } from '../trial.js';
import { type Finding, failure, ok } from './finding.js';

const nodeMin = [20, 19] as const;
const nodeApiMin = 9;
/** F_SEAL_FUTURE_WRITE. */
const kernelMin = [5, 1] as const;
/** SO_PASSRIGHTS. */
const passRightsFrom = [6, 16] as const;

export function checkRuntime(versions: NodeJS.ProcessVersions = process.versions): Finding {
	const { bun, deno, electron, node, napi } = versions;
	const name = bun ? `Bun ${bun}` : deno ? `Deno ${deno}` : electron ? `Electron ${electron}` : `Node ${node}`;
	const found = `${name}, Node-API ${napi}`;
	const isNode = !bun && !deno;
	if ((isNode && isBelow(node, nodeMin)) || Number(napi) < nodeApiMin) {
		const newer = isNode ? `Node ${nodeMin.join('.')} or newer` : 'a newer version of it';
		return failure('runtime', found, `install ${newer}`);
	}
	return ok('runtime', found);
}

export function checkSystem(): Finding {
	const { platform, arch } = process;
	const found = `${platform} ${arch}${libc()}, kernel ${release()}`;
	if (platform !== 'linux') return failure('system', found, 'run ringwire on Linux');
	if (isBelow(release(), kernelMin)) return failure('system', found, `run Linux ${kernelMin.join('.')} or newer`);
	return ok('system', found);
}

/** The trial has made sealed memory if its message arrived. Without a trial the release decides. */
export function checkSealedMemory({ failed, reason }: TrialReport): Finding {
	const features = 'memfd_create with F_SEAL_FUTURE_WRITE';
	if (failed === undefined) return ok('sealed memory', `${features}, by a trial`);
	if (failed === 'exchange' && /seal|shared memory/.test(reason)) {
		return failure(
			'sealed memory',
			reason,
			'run Linux 5.1 or newer, with a seccomp profile that permits memfd_create',
		);
	}
	if (isBelow(release(), kernelMin)) return failure('sealed memory', `no ${features}`, 'run Linux 5.1 or newer');
	return ok('sealed memory', `${features}, by the release of the kernel`);
}

/** Only a protection against a hostile peer depends on it. */
export function checkPassRights(kernel: string = release()): Finding {
	const wanted = passRightsFrom.join('.');
	const found = isBelow(kernel, passRightsFrom)
		? `not before Linux ${wanted}: a peer can send descriptors, which ringwire closes`
		: `by the release of the kernel (${wanted} or newer)`;
	return ok('SO_PASSRIGHTS', found);
}

function libc(): string {
	try {
		return ` with ${describeLibc()}`;
	} catch {
		return ''; // detect-libc is not installed: the line of the addon reports it
	}
}

function isBelow(version: string, [major, minor]: readonly [number, number]): boolean {
	const [ownMajor = 0, ownMinor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
	return ownMajor < major || (ownMajor === major && ownMinor < minor);
}
