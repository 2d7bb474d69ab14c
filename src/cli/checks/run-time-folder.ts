import { accessSync, constants, lstatSync, readdirSync, type Stats, statfsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { reasonOf } from '../../base/errors.js';
import { type ListedChannel, listChannels } from '../../listing/list-channels.js';
import { formatPlural } from '../format.js';
import type { TrialReport } from '../trial.js';
import { type Finding, failure, ok, warning } from './finding.js';

/** Bytes of the path, beside a channel's name of one byte; see lib-native/platform/linux/folders/runtime_folder.cc. */
const pathMax = 81;
const nameComfortable = 20;

/** File systems without unix sockets between machines: `f_type` of statfs(2). */
const remoteSystems: Readonly<Record<number, string>> = {
	26985: 'NFS',
	20859: 'SMB',
	4283649346: 'CIFS',
	16914839: '9p',
	1702057286: 'FUSE',
};

/** As lib-native/platform/linux/folders/runtime_folder.cc chooses it. */
export function runTimeFolderOf(env: NodeJS.ProcessEnv = process.env): { path: string; reason: string } {
	const { RINGWIRE_DIR: chosen, XDG_RUNTIME_DIR: session } = env;
	if (chosen) return { path: resolve(chosen), reason: 'RINGWIRE_DIR' };
	if (session?.startsWith('/')) return { path: join(session, 'ringwire'), reason: 'XDG_RUNTIME_DIR' };
	return { path: `/tmp/ringwire-${process.geteuid?.()}`, reason: 'the default' };
}

export function checkRunTimeFolder(env: NodeJS.ProcessEnv = process.env): Finding {
	const { path, reason } = runTimeFolderOf(env);
	const check = 'run-time folder';
	const where = `${path} (${reason})`;
	const bytes = Buffer.byteLength(path);
	if (bytes > pathMax) {
		return failure(
			check,
			`${where} has ${bytes} bytes, more than ${pathMax}`,
			'set RINGWIRE_DIR to a shorter path',
		);
	}
	let facts: Stats | undefined;
	try {
		facts = lstatSync(path, { throwIfNoEntry: false });
	} catch (error) {
		return failure(check, reasonOf(error), 'set RINGWIRE_DIR to a folder that this user can reach');
	}
	if (facts === undefined) return checkParent(check, path, where);
	const mode = (facts.mode & 0o7777).toString(8).padStart(4, '0');
	const found = `${where}, mode ${mode}, user ${facts.uid}, group ${facts.gid}`;
	const own = `set RINGWIRE_DIR to a folder that is missing, which ringwire creates, or run \`chmod 700 ${path}\``;
	if (!facts.isDirectory()) return failure(check, `${found}, is no real folder`, 'set RINGWIRE_DIR to a folder');
	if ((facts.mode & 0o7) !== 0) return failure(check, `${found}, open to all users`, own);
	if ((facts.mode & 0o70) !== 0) {
		return warning(check, found, `only channels that are defined with \`group: ${facts.gid}\` can use it`);
	}
	if (facts.uid !== process.geteuid?.()) {
		return failure(
			check,
			`${found}; this is user ${process.geteuid?.()}`,
			'set RINGWIRE_DIR to a folder of this user',
		);
	}
	const remote = remoteSystems[statfsSync(path).type];
	if (remote !== undefined)
		return warning(check, `${found}, on ${remote}`, 'set RINGWIRE_DIR to a local file system');
	if (pathMax + 1 - bytes < nameComfortable) {
		const room = pathMax + 1 - bytes;
		return warning(
			check,
			`${found}; ${room} bytes left for names of channels`,
			'set RINGWIRE_DIR to a shorter path',
		);
	}
	return ok(check, found);
}

function checkParent(check: string, path: string, where: string): Finding {
	const parent = dirname(path);
	try {
		accessSync(parent, constants.W_OK | constants.X_OK);
		return ok(check, `${where}, created at the first use`);
	} catch (error) {
		const advice = `create ${parent} and let this user write to it, or set RINGWIRE_DIR`;
		return failure(check, `${where} is missing and cannot be created: ${reasonOf(error)}`, advice);
	}
}

/** Names of dead endpoints, and endpoints that do not answer. `before`: `namesIn` the folder, before the trial. */
export function checkNames(names: readonly string[], trial: TrialReport): Finding {
	const check = 'channels';
	if (trial.failed === 'load')
		return ok(check, `${formatPlural(names.length, 'name')}; not asked: the addon does not load`);
	let channels: ListedChannel[];
	try {
		channels = listChannels();
	} catch (error) {
		return failure(check, reasonOf(error), 'see the line of the run-time folder');
	}
	const endpoints = channels.flatMap((channel) => channel.endpoints);
	const found = `${formatPlural(channels.length, 'channel')}, ${formatPlural(endpoints.length, 'endpoint')}`;
	const silent = endpoints.filter(({ answered }) => !answered).map(({ pid }) => pid);
	if (silent.length > 0) {
		const advice = 'the process is stopped, or its event loop is blocked; `ringwire list` shows its channel';
		return warning(check, `${found}, no answer from pid ${silent.join(', ')}`, advice);
	}
	const live = new Set(endpoints.map(({ role, id }) => `${role}-${id}`));
	const stale = names.filter((name) => !live.has(name));
	if (stale.length === 0) return ok(check, found);
	const advice = 'nothing: the next endpoint that opens the channel removes them';
	return warning(check, `${found}, ${formatPlural(stale.length, 'name')} of dead endpoints`, advice);
}

/** The names of endpoints in the folders of all channels. */
export function namesIn(folder: string): string[] {
	try {
		const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
		return entries.filter((entry) => entry.isSocket() && !entry.name.startsWith('.')).map(({ name }) => name);
	} catch {
		return [];
	}
}
