/** A build from source, as the error without a binary proposes it: the package is installed, and its compiler tools are fetched by the command. */
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { exchangeProgram } from './support/exchange.js';
import { installedNodes } from './support/nodes.js';
import { Project, success } from './support/project.js';
import { needDebian } from './support/tools.js';

const loan = `
import { defineChannel, openReader, openWriter } from 'ringwire';
const channel = defineChannel({ name: 'loan' });
const [writer, reader] = [openWriter(channel), openReader(channel)];
await writer.whenConnected();
const loan = writer.tryLoan(100_000);
loan.bytes.fill(7);
loan.commit();
const message = reader.tryRead();
console.log(message.length + ' bytes of ' + [...new Set(message)].join(', '));
writer.close();
reader.close();
`;
const user = new Project('source-build', { 'exchange.mjs': exchangeProgram('esm'), 'loan.mjs': loan });
let headers: string;

beforeAll(async () => {
	await needDebian(['make', 'g++', 'python3']);
	const [nodeOf] = await Promise.all([installedNodes(), user.install(['rxjs@7.8.2', 'ix@7.0.0'])]);
	// Headers of an older Node than that of this machine: the addon uses only Node-API.
	headers = dirname(dirname(nodeOf('20')));
});

test('without a prebuilt binary the error names a command, which builds one that exchanges messages', {
	timeout: 1_800_000,
}, async () => {
	rmSync(join(user.folder, 'node_modules/ringwire/lib-native/prebuilds'), { recursive: true });
	const { status, errors } = await user.node(['exchange.mjs', 'read', 'unbuilt']);
	expect(status).toBe(1);
	expect(errors).toContain(`there is no native addon for linux-${process.arch}`);
	const [, command = ''] = /build it with `(.*?)`/.exec(errors) ?? [];
	expect(command).toBe('npx ringwire build');

	const built = await user.run('bash', ['-ec', `${command} --nodedir=${headers}`]);
	const file = join(user.folder, 'node_modules/ringwire/lib-native/build/Release/ringwire.node');
	expect(built, built.errors).toMatchObject({ status: 0, output: `${file}\n` });
	const doctor = await user.bin('ringwire', ['doctor']);
	expect(doctor.output).toMatch(/^ok +addon +.*\/lib-native\/build\/Release\/ringwire\.node \(built on this machine/);
	expect(await user.node(['exchange.mjs'])).toEqual(success);
});

test('a build without external buffers does not import the function that makes them, and its loans are copies', {
	timeout: 1_800_000,
}, async () => {
	const env = { GYP_DEFINES: 'external_buffers=0' };
	const built = await user.run('npx', ['ringwire', 'build', `--nodedir=${headers}`], env);
	expect(built, built.errors).toMatchObject({ status: 0 });
	const symbols = await user.run('nm', ['-D', '--undefined-only', built.output.trim()]);
	expect(symbols.output).toContain('napi_detach_arraybuffer');
	expect(symbols.output).not.toContain('napi_create_external');
	expect(await user.node(['loan.mjs'])).toEqual({ status: 0, output: '100000 bytes of 7\n', errors: '' });
	expect(await user.node(['exchange.mjs'])).toEqual(success);
});
