import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { addonFile } from './support/addon.js';

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

/** Major and minor. */
const version = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version.replace(
	/\.\d+$/,
	'',
);

const unsupported = { name: 'RingwireError', code: 'ERR_RINGWIRE_UNSUPPORTED', caused: true };

test('a package without its addon fails when a channel is opened, not before', () => {
	const error = openIn(copy());
	expect(error).toMatchObject({ ...unsupported, caused: false });
	expect(error.message).toContain('there is no native addon');
	expect(error.message).toContain('install it again');
});

test('a package with sources and without a binary names the system, the files that it looked for and the command that builds one', () => {
	const folder = copy();
	mkdirSync(join(folder, 'lib-native'));
	writeFileSync(join(folder, 'lib-native/binding.gyp'), '');
	const error = openIn(folder);
	expect(error).toMatchObject({ ...unsupported, caused: false });
	expect(error.message).toContain(`no native addon for linux-${process.arch}`);
	expect(error.message).toContain(join(folder, 'lib-native/build/Release/ringwire.node'));
	expect(error.message).toContain(join(folder, `lib-native/prebuilds/linux-${process.arch}/ringwire.glibc.node`));
	expect(error.message).toContain('npx ringwire build');
	expect(error.message).toContain('npm run set-up');
});

const machineOffset = 18;
const binary = () => readFileSync(addonFile());
const foreign = () => {
	const bytes = binary();
	bytes.writeUInt16LE(process.arch === 'x64' ? 183 : 62, machineOffset);
	return bytes;
};
const [other, own] = process.arch === 'x64' ? ['arm64', 'x64'] : ['x64', process.arch];

test.each([
	{ kind: 'no library at all', bytes: () => Buffer.from('no addon'), reason: 'it is no shared library' },
	{ kind: 'empty', bytes: () => Buffer.alloc(0), reason: 'it is no shared library' },
	{ kind: 'for another processor', bytes: foreign, reason: `it is for ${other}, and this process is ${own}` },
	{
		kind: 'cut off after its header',
		bytes: () => binary().subarray(0, 100),
		reason: 'it is truncated: it has 100 of',
	},
	{ kind: 'cut off before its end', bytes: () => binary().subarray(0, -4096), reason: 'it is truncated' },
])('a binary that is $kind is refused with the file and the reason', ({ bytes, reason }) => {
	const folder = copy();
	const file = join(folder, 'lib-native/build/Release/ringwire.node');
	mkdirSync(dirname(file), { recursive: true });
	writeFileSync(file, bytes());
	const error = openIn(folder);
	expect(error).toMatchObject({ ...unsupported, caused: false });
	expect(error.message).toContain(`does not load on linux ${process.arch}`);
	expect(error.message).toContain(`${file}: ${reason}`);
});

test('a library that the linker refuses is an error with the text of the linker and the cause', () => {
	const folder = copy();
	const file = join(folder, 'lib-native/build/Release/ringwire.node');
	mkdirSync(dirname(file), { recursive: true });
	execFileSync('gcc', ['-shared', '-o', file, '-Wl,-z,now', '-x', 'c', '-'], {
		input: 'void there_is_none_of_this_name(void); void napi_register_module_v1(void) { there_is_none_of_this_name(); }',
	});
	const error = openIn(folder);
	expect(error).toMatchObject(unsupported);
	expect(error.message).toContain('undefined symbol: there_is_none_of_this_name');
});

test('a binary that may not be read is an error with the reason', () => {
	const folder = copy();
	const file = join(folder, 'lib-native/build/Release/ringwire.node');
	mkdirSync(file, { recursive: true }); // a folder cannot be read either, by root too
	const error = openIn(folder);
	expect(error).toMatchObject({ ...unsupported, caused: false });
	expect(error.message).toContain(`${file}: it cannot be read (EISDIR)`);
});

test.each(['build/Release/ringwire.node', `prebuilds/linux-${process.arch}/ringwire.glibc.node`])(
	'a binary at lib-native/%s is loaded without another package',
	(place) => {
		const folder = copy();
		rmSync(join(folder, 'node_modules'));
		const file = join(folder, 'lib-native', place);
		mkdirSync(dirname(file), { recursive: true });
		writeFileSync(file, binary());
		expect(() => openIn(folder)).toThrow('Unexpected end of JSON input'); // it did not fail, and so said nothing
	},
);

test('a binary in another place that node-gyp-build knows is loaded', () => {
	const folder = copy();
	const file = join(folder, 'lib-native/build/Debug/ringwire.node');
	mkdirSync(dirname(file), { recursive: true });
	writeFileSync(file, binary());
	expect(() => openIn(folder)).toThrow('Unexpected end of JSON input');
});

test('an addon that a static import has handed over is used without a look at the package', () => {
	const folder = copy();
	const program = `
		globalThis[Symbol.for('ringwire ${version} addon')] = { openReader() { throw new Error('the one that was handed over'); }, leaveAll() {} };
		const { defineChannel, openReader } = await import(${JSON.stringify(join(folder, 'dist/index.js'))});
		try { openReader(defineChannel({ name: 'handed-over' })); } catch ({ message }) { console.log(message); }`;
	const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' });
	expect(output).toBe('the one that was handed over\n');
});

test('each static import hands the binary of its name over, under the key of this version', () => {
	const files = readdirSync(join(root, 'static')).filter((file) => file.endsWith('.cjs'));
	expect(files).toEqual(['linux-arm64.cjs', 'linux-x64.cjs', 'linuxmusl-arm64.cjs', 'linuxmusl-x64.cjs']);
	for (const file of files) {
		const [system, arch] = file.replace('.cjs', '').split('-');
		const text = readFileSync(join(root, 'static', file), 'utf8');
		expect(text).toContain(`Symbol.for('ringwire ${version} addon')`);
		const libc = system === 'linuxmusl' ? 'musl' : 'glibc';
		expect(text).toContain(`require('../lib-native/prebuilds/linux-${arch}/ringwire.${libc}.node')`);
	}
});

test('every name that copies of the package share has the version in it', () => {
	const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) =>
		file.endsWith('.ts'),
	);
	const names = files.flatMap((file) => {
		const text = readFileSync(join(root, 'src', file), 'utf8');
		return [...text.matchAll(/Symbol\.for\('([^']*)'/g)].map(([, name]) => name);
	});
	expect(names.length).toBeGreaterThan(8);
	expect(names.filter((name) => !name?.startsWith(`ringwire ${version} `))).toEqual([]);
});

test('the error of a process that may not load addons names the remedy', () => {
	const error = openIn(root, ['--no-addons']);
	expect(error).toMatchObject(unsupported);
	expect(error.message).toContain('--no-addons');
});

test('the error under the permission model names the flag, and with the flag it works', () => {
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
