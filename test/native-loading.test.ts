import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Opens a reader in a fresh process with the compiled library in `folder`, and answers the error. */
function openIn(
	folder: string,
	flags: string[] = [],
): { name: string; code: string; message: string; caused: boolean } {
	const program = `
		import { defineChannel, openReader } from ${JSON.stringify(join(folder, 'dist/index.js'))};
		const channel = defineChannel({ name: 'no-addon' });
		try {
			openReader(channel).close();
		} catch ({ name, code, message, cause }) {
			console.log(JSON.stringify({ name, code, message, caused: cause !== undefined }));
		}`;
	const args = [...flags, '--input-type=module', '--eval', program];
	return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

/** The compiled library somewhere else, without the addon. */
function copy(): string {
	const folder = mkdtempSync(join(tmpdir(), 'ringwire-copy-'));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
	cpSync(join(root, 'package.json'), join(folder, 'package.json'));
	symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
	return folder;
}

const unsupported = { name: 'RingwireError', code: 'ERR_RINGWIRE_UNSUPPORTED', caused: true };

test('a package without its addon says so when a channel is opened, not before', () => {
	const error = openIn(copy());
	expect(error).toMatchObject(unsupported);
	expect(error.message).toContain('there is no native addon');
	expect(error.message).toContain('install it again');
});

test('a checkout that is not built says how to build it', () => {
	const folder = copy();
	mkdirSync(join(folder, 'lib-native'));
	writeFileSync(join(folder, 'lib-native/binding.gyp'), '');
	const error = openIn(folder);
	expect(error).toMatchObject(unsupported);
	expect(error.message).toContain('npm run set-up');
	expect(error.message).toContain('npm install node-addon-api && npx node-gyp rebuild -C ');
});

test('an addon that does not load here says that, with the cause', () => {
	const folder = copy();
	mkdirSync(join(folder, 'lib-native/build/Release'), { recursive: true });
	writeFileSync(join(folder, 'lib-native/build/Release/ringwire.node'), 'no addon');
	const error = openIn(folder);
	expect(error).toMatchObject(unsupported);
	expect(error.message).toContain('does not load');
});

test('a process that may not load addons says so', () => {
	const error = openIn(root, ['--no-addons']);
	expect(error).toMatchObject(unsupported);
	expect(error.message).toContain('--no-addons');
});

test('a process under the permission model says what to run, and runs with it', () => {
	// Its name from Node 24 on, and before.
	const permission = process.allowedNodeEnvironmentFlags.has('--permission')
		? '--permission'
		: '--experimental-permission';
	const flags = ['--no-warnings', permission, '--allow-fs-read=*', '--allow-fs-write=*'];
	const error = openIn(root, flags);
	expect(error).toMatchObject(unsupported);
	expect(error.message).toContain('--allow-addons');
	expect(() => openIn(root, [...flags, '--allow-addons'])).toThrow('Unexpected end of JSON input'); // it did not fail, and so said nothing
});
