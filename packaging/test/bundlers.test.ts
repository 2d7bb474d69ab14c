/**
 * Bundlers, with the settings of docs/guide/bundles.md. Each bundle runs in a folder of its own, without node_modules: the addon is there
 * because of the static import alone.
 */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { documented } from './support/documentation.js';
import { exchangeProgram } from './support/exchange.js';
import { Project, projects, success } from './support/project.js';

const page = 'docs/guide/bundles.md';
const staticImport = `ringwire/linux-${process.arch}`;
const command = (format: string) =>
	documented(page, ({ language, text }) => language === 'sh' && text.includes(`--format=${format}`));
const file = (name: string) => documented(page, ({ info }) => info.get('file') === name);

const external = '/^ringwire(\\/|$)/';
const webpack = (more: string, out: string) => `
	import { resolve } from 'node:path';
	import webpack from 'webpack';
	import { configuration } from './webpack.js';
	const output = (filename, more = {}) => ({ filename, path: resolve('${out}'), ...more });
	webpack({ mode: 'production', ...configuration, ${more} }, (error, stats) => {
		if (error || stats.hasErrors()) throw error ?? new Error(stats.toString());
	});`;
const rollup = (input: string, out: string, more: string) => `
	import commonjs from '@rollup/plugin-commonjs';
	import { nodeResolve } from '@rollup/plugin-node-resolve';
	import { addonFile } from './addon-file.js';
	export default {
		input: '${input}',
		plugins: [addonFile, nodeResolve({ preferBuiltins: true }), commonjs()],
		output: [
			{ dir: '${out}', format: 'es', entryFileNames: 'app.mjs' },
			{ dir: '${out}', format: 'cjs', entryFileNames: 'app.cjs' },
		],
		${more}
	};`;
const viteOutput = `rollupOptions: { output: [{ format: 'es', entryFileNames: 'app.mjs' }, { format: 'cjs', entryFileNames: 'app.cjs' }] }`;

const program = exchangeProgram('esm');
const user = new Project(
	'bundlers',
	{
		'app.js': `import '${staticImport}';\n${program}`,
		'app.cjs': `require('${staticImport}');\n${exchangeProgram('commonjs')}`,
		'bare.js': program,
		'webpack.js': file('webpack.js'),
		'addon-file.js': file('addon-file.js'),
		'webpack-commonjs.js': webpack(`output: output('app.cjs')`, 'webpack-commonjs'),
		'webpack-esm.js': webpack(
			`experiments: { outputModule: true }, output: output('app.mjs', { module: true, publicPath: '' })`,
			'webpack-esm',
		),
		'webpack-bare.js': webpack(`entry: './bare.js', output: output('app.cjs')`, 'webpack-bare'),
		'webpack-external-commonjs.js': webpack(
			`entry: './bare.js', externals: [${external}], externalsType: 'commonjs', output: output('app.cjs')`,
			'external',
		),
		'webpack-external-esm.js': webpack(
			`entry: './bare.js', externals: [${external}], experiments: { outputModule: true }, output: output('app.mjs', { module: true, publicPath: '' })`,
			'external',
		),
		'rollup.js': rollup('app.js', 'rollup', ''),
		'rollup-bare.js': rollup('bare.js', 'rollup-bare', ''),
		'rollup-external.js': rollup('bare.js', 'external', `external: [${external}],`),
		'vite.js': `
			import { addonFile } from './addon-file.js';
			export default {
				plugins: [addonFile],
				ssr: { noExternal: true },
				build: { ssr: 'app.js', ssrEmitAssets: true, outDir: 'vite', ${viteOutput} },
			};`,
		'vite-library.js': `
			import { addonFile } from './addon-file.js';
			export default {
				plugins: [addonFile],
				ssr: { noExternal: true },
				build: {
					ssr: true, ssrEmitAssets: true, outDir: 'vite-library',
					lib: { entry: 'app.js', formats: ['es', 'cjs'] },
				},
			};`,
		'vite-external.js': `
			export default {
				ssr: { external: ['ringwire'], noExternal: ['rxjs', 'ix'] },
				build: { ssr: 'bare.js', outDir: 'external', ${viteOutput} },
			};`,
	},
	{ type: 'module' },
);
const bundlers = ['esbuild@0.28.2', 'webpack@5.113.0', 'node-loader@2.1.0', 'rollup@4.68.8', 'vite@8.4.0'];
const plugins = ['@rollup/plugin-node-resolve@16.0.3', '@rollup/plugin-commonjs@29.0.3'];
beforeAll(() => user.install(['rxjs@7.8.2', 'ix@7.0.0', ...bundlers, ...plugins]));

/** Builds into the folder `out` with a line of shell, which finds the programs of the installed packages. */
async function build(line: string, out: string): Promise<void> {
	rmSync(join(user.folder, out), { recursive: true, force: true });
	const path = `${join(user.folder, 'node_modules/.bin')}:${process.env.PATH}`;
	const { status, output, errors } = await user.run('bash', ['-ec', line], { PATH: path });
	expect(status, `${output}\n${errors}`).toBe(0);
}

/** A folder with nothing around it but these outputs. */
function elsewhere(out: string): Project {
	rmSync(join(projects, `bundlers-${out}`), { recursive: true, force: true });
	const bare = new Project(`bundlers-${out}`, {}, { type: 'module' });
	cpSync(join(user.folder, out), bare.folder, { recursive: true });
	return bare;
}

const bundles = [
	{ tool: 'esbuild, CommonJS', line: command('cjs'), out: 'out', files: ['app.cjs'] },
	{ tool: 'esbuild, ES module', line: command('esm'), out: 'out', files: ['app.mjs'] },
	{
		tool: 'esbuild, from CommonJS',
		line: command('cjs').replace('app.js', 'app.cjs'),
		out: 'out',
		files: ['app.cjs'],
	},
	{ tool: 'webpack, CommonJS', line: 'node webpack-commonjs.js', out: 'webpack-commonjs', files: ['app.cjs'] },
	{ tool: 'webpack, ES module', line: 'node webpack-esm.js', out: 'webpack-esm', files: ['app.mjs'] },
	{ tool: 'rollup', line: 'rollup -c rollup.js', out: 'rollup', files: ['app.mjs', 'app.cjs'] },
	{ tool: 'vite for Node', line: 'vite build -c vite.js', out: 'vite', files: ['app.mjs', 'app.cjs'] },
	{
		tool: 'vite, a library',
		line: 'vite build -c vite-library.js',
		out: 'vite-library',
		files: ['app.js', 'app.cjs'],
	},
];

test.each(bundles)(
	'$tool: the bundle exchanges messages without the package around it',
	async ({ line, out, files }) => {
		await build(line, out);
		for (const file of files) expect(await elsewhere(out).node([file])).toEqual(success);
	},
);

const bare = [
	{ tool: 'esbuild, CommonJS', line: command('cjs').replace('app.js', 'bare.js'), out: 'out', file: 'app.cjs' },
	{ tool: 'esbuild, ES module', line: command('esm').replace('app.js', 'bare.js'), out: 'out', file: 'app.mjs' },
	{ tool: 'webpack', line: 'node webpack-bare.js', out: 'webpack-bare', file: 'app.cjs' },
	{ tool: 'rollup', line: 'rollup -c rollup-bare.js', out: 'rollup-bare', file: 'app.mjs' },
];

test.each(bare)('$tool: the error without the static import names it', async ({ line, out, file }) => {
	await build(line, out);
	const { status, errors } = await elsewhere(out).node([file, 'read', 'bare']);
	expect(status).toBe(1);
	expect(errors).toContain("code: 'ERR_RINGWIRE_UNSUPPORTED'");
	expect(errors).toContain(`import the addon before it, for instance '${staticImport}'`);
});

const flags = '--external:ringwire --external:ringwire/*';
const esbuild = 'esbuild bare.js --bundle --platform=node';
const externals = [
	{
		tool: 'esbuild, ES module',
		line: `${esbuild} --format=esm ${flags} --outfile=external/app.mjs`,
		files: ['app.mjs'],
	},
	{
		tool: 'esbuild, CommonJS',
		line: `${esbuild} --format=cjs --packages=external --outfile=external/app.cjs`,
		files: ['app.cjs'],
	},
	{ tool: 'webpack, CommonJS', line: 'node webpack-external-commonjs.js', files: ['app.cjs'] },
	{ tool: 'webpack, ES module', line: 'node webpack-external-esm.js', files: ['app.mjs'] },
	{ tool: 'rollup', line: 'rollup -c rollup-external.js', files: ['app.mjs', 'app.cjs'] },
	{ tool: 'vite', line: 'vite build -c vite-external.js', files: ['app.mjs', 'app.cjs'] },
];

// Next.js does the same with `serverExternalPackages`: webpack leaves a `require` or an `import` of the package in its output.
test.each(externals)('$tool: a bundle that leaves the package outside exchanges messages', async ({ line, files }) => {
	await build(line, 'external');
	for (const file of files) expect(await user.node([`external/${file}`])).toEqual(success);
});
