/** The codecs over optional packages: with the first and the latest version that the package allows, and without one. */
import { beforeAll, describe, expect, test } from 'vitest';
import { Project, repository } from './support/project.js';

const program = (imports: string) => `
${imports}
(async () => {
	const arrived = async (codec, message) => {
		const channel = defineChannel({ name: 'codecs', codec });
		const [writer, reader] = [openWriter(channel), openReader(channel)];
		await writer.whenConnected();
		writer.tryWriteBatch([message, message]);
		const messages = reader.readBatch();
		await Promise.all([reader.close(), writer.close()]);
		return messages;
	};
	const packed = await arrived(msgpack(), { n: 1, bytes: new Uint8Array([7]) });
	const times = await arrived(protobuf(TimestampSchema), { nanos: 5 });
	console.log(packed.map(({ n, bytes }) => n + bytes[0]).join(), times.map(({ nanos }) => nanos).join());
})();`;
const names: readonly (readonly [string, string])[] = [
	['defineChannel, openReader, openWriter', 'ringwire'],
	['msgpack', 'ringwire/codecs/msgpack'],
	['protobuf', 'ringwire/codecs/protobuf'],
	['TimestampSchema', '@bufbuild/protobuf/wkt'],
];
const typed = `
import { type Timestamp, TimestampSchema } from '@bufbuild/protobuf/wkt';
import { defineChannel, openReader } from 'ringwire';
import { msgpack } from 'ringwire/codecs/msgpack';
import { protobuf } from 'ringwire/codecs/protobuf';
export const time: Timestamp | undefined = openReader(defineChannel({ name: 't', codec: protobuf(TimestampSchema) })).tryRead();
export const size: { n: number } | undefined = openReader(defineChannel({ name: 's', codec: msgpack<{ n: number }>() })).tryRead();
// @ts-expect-error another type
export const wrong: string | undefined = openReader(defineChannel({ name: 's', codec: msgpack<number>() })).tryRead();
`;
const files = {
	'codecs.mjs': program(names.map(([what, from]) => `import { ${what} } from '${from}';`).join('\n')),
	'codecs.cjs': program(names.map(([what, from]) => `const { ${what} } = require('${from}');`).join('\n')),
	'typed.mts': typed,
	'typed.cts': typed,
};

describe.each([
	{ versions: 'first', packages: ['msgpackr@2.1.0', '@bufbuild/protobuf@2.0.0'] },
	{ versions: 'latest', packages: ['msgpackr@^2.1.4', '@bufbuild/protobuf@^2.17.0'] },
])('the $versions versions', ({ versions, packages }) => {
	const user = new Project(`codecs-${versions}`, files);
	beforeAll(() => user.install([...packages, '@types/node@20.19.0']));

	test.each(['codecs.mjs', 'codecs.cjs'])('messages pass in %s', async (file) => {
		expect(await user.node([file])).toEqual({ status: 0, output: '8,8 5,5\n', errors: '' });
	});

	test('TypeScript has their types', async () => {
		const typescript = repository('node_modules/typescript/bin/tsc');
		const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--types', 'node'];
		const compiled = await user.node([
			typescript,
			...options,
			'--lib',
			'es2023,esnext.disposable',
			'typed.mts',
			'typed.cts',
		]);
		expect(compiled).toMatchObject({ status: 0, output: '' });
	});
});

describe('without the packages', () => {
	const user = new Project('codecs-none', {});
	beforeAll(() => user.install());

	test.each([
		['ringwire/codecs/msgpack', 'msgpackr'],
		['ringwire/codecs/protobuf', '@bufbuild/protobuf'],
	])('%s fails to load, and the error names %s and the file that needs it', async (entry, missing) => {
		for (const load of [`import('${entry}')`, `require('${entry}')`]) {
			const { status, errors } = await user.node(['--input-type=commonjs', '--eval', load]);
			expect(status).toBe(1);
			expect(errors).toContain(
				`Cannot find package '${missing}' imported from ${user.folder}/node_modules/${entry.replace('ringwire', 'ringwire/dist')}.js`,
			);
		}
	});

	test('the other entries load', async () => {
		expect(await user.node(['--eval', `require('ringwire').framed(require('ringwire').json())`])).toMatchObject({
			status: 0,
		});
	});
});
