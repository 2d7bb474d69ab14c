// Tools that npm cannot install. A package counts as installed if a command of its name exists or dpkg has a list of its files.
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runQuietly } from './tool.mjs';

/** Installs the packages that are missing. Resolves with undefined, or with the reason why one of them is still missing. */
export async function needDebianPackages(names) {
	const missing = names.filter((name) => !hasCommand(name) && !hasPackage(name));
	if (missing.length === 0) return undefined;
	const list = missing.join(' and ');
	if (!hasCommand('apt-get')) return `needs ${list}, and there is no apt-get to install it`;
	if (process.getuid?.() !== 0) return `needs ${list}, which only root can install here`;
	const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
	const installed = await runQuietly(`setting up: installing ${list} (apt-get)`, [
		{ command: 'apt-get', args: ['update', '-qq'], options },
		{ command: 'apt-get', args: ['install', '-qq', '--no-install-recommends', ...missing], options },
	]);
	return installed ? undefined : `needs ${list}, and apt-get could not install it`;
}

function hasCommand(name) {
	return (process.env.PATH ?? '').split(delimiter).some((folder) => {
		try {
			accessSync(join(folder, name), constants.X_OK);
			return true;
		} catch {
			return false;
		}
	});
}

function hasPackage(name) {
	const lists = '/var/lib/dpkg/info';
	const isItsList = (file) => file === `${name}.list` || (file.startsWith(`${name}:`) && file.endsWith('.list'));
	return existsSync(lists) && readdirSync(lists).some(isItsList);
}
