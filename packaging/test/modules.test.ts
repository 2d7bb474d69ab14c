/** The short form: the tarball in ES modules, in CommonJS, in both together, and in TypeScript's module modes. */
import { beforeAll, expect, test } from 'vitest';
import { exchangeProgram } from './support/exchange.js';
import { Project, repository, success } from './support/project.js';

const user = new Project('modules', {
	'exchange.mjs': exchangeProgram('esm'),
	'exchange.cjs': exchangeProgram('commonjs'),
});

beforeAll(() => user.install(['rxjs@7.8.2', 'ix@7.0.0', '@types/node@20.19.0']));

test.each(['exchange.mjs', 'exchange.cjs'])('%s exchanges messages with another process', async (program) => {
	expect(await user.node([program])).toEqual(success);
});

test('the copies of require and of import are the same, or accept the errors and handles of each other', async () => {
	user.write({
		'both.cjs': `
			const required = require('ringwire');
			import('ringwire').then(async (imported) => {
				const { createReadStream } = await import('ringwire/streams');
				const channel = required.defineChannel({ name: 'both', codec: required.json() });
				const reader = required.openReader(channel);
				const writer = imported.openWriter(channel);
				writer.tryWrite(7);
				writer.end();
				const got = [];
				for await (const message of createReadStream(reader)) got.push(message);
				await writer.close();
				let error;
				try { writer.tryWrite(1); } catch (thrown) { error = thrown; }
				console.log(JSON.stringify({ got, same: error instanceof imported.RingwireError && error instanceof required.RingwireError }));
			});`,
	});
	const { output } = await user.node(['both.cjs']);
	expect(JSON.parse(output)).toEqual({ got: [7], same: true });
});

interface Mode {
	readonly mode: string;
	readonly file: string;
	readonly options: object;
	/** The compiled program; undefined: this mode is for a bundler, and only checks types. */
	readonly program?: string;
}

const modes: readonly Mode[] = [
	{ mode: 'nodenext', file: 'exchange.mts', options: { module: 'nodenext' }, program: 'exchange.mjs' },
	{ mode: 'nodenext from CommonJS', file: 'exchange.cts', options: { module: 'nodenext' }, program: 'exchange.cjs' },
	{ mode: 'node16', file: 'exchange.mts', options: { module: 'node16' }, program: 'exchange.mjs' },
	{ mode: 'node16 from CommonJS', file: 'exchange.cts', options: { module: 'node16' }, program: 'exchange.cjs' },
	{
		mode: 'commonjs with the resolution of node10',
		file: 'exchange.ts',
		options: { module: 'commonjs', moduleResolution: 'node10', ignoreDeprecations: '6.0' },
		program: 'exchange.js',
	},
	{
		mode: 'bundler',
		file: 'exchange.ts',
		options: { module: 'esnext', moduleResolution: 'bundler' },
	},
	{ mode: 'preserve', file: 'exchange.ts', options: { module: 'preserve' } },
];

const typescript = repository('node_modules/typescript/bin/tsc');

test.each(modes)(
	'TypeScript, $mode: compiles strictly, and the program exchanges messages',
	async ({ mode, file, options, program }) => {
		const folder = `typescript/${mode.replaceAll(' ', '-')}`;
		const compilerOptions = {
			strict: true,
			target: 'es2022',
			lib: ['es2023', 'esnext.disposable'],
			types: ['node'],
			...options,
		};
		const noEmit = program === undefined;
		user.write({
			[`${folder}/${file}`]: exchangeProgram('typescript'),
			[`${folder}/tsconfig.json`]: JSON.stringify({
				compilerOptions: { ...compilerOptions, skipLibCheck: true, noEmit, outDir: 'out', rootDir: '.' },
				files: [file],
			}),
		});
		const compiled = await user.node([typescript, '-p', folder]);
		expect(compiled).toMatchObject({ status: 0, output: '' });
		if (program !== undefined) expect(await user.node([`${folder}/out/${program}`])).toEqual(success);
	},
);
