// The package for consumers that cannot load ES modules (Jest, bundles in CommonJS, TypeScript in its older module modes): src -> cjs, with the
// types of dist. Node itself loads dist for `require` too, by the condition "module-sync" in package.json.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transform } from 'esbuild';
import { filesBelow, fromRoot } from './paths.mjs';

const here = 'import_meta_url';
const banner = `const ${here} = require('node:url').pathToFileURL(__filename).href;`;

export async function compileCommonJs() {
	rmSync(fromRoot('cjs'), { recursive: true, force: true });
	const sources = filesBelow(['src']).filter((file) => !file.startsWith('src/cli/'));
	for (const source of sources) {
		const text = readFileSync(fromRoot(source), 'utf8');
		const { code } = await transform(text, {
			loader: 'ts',
			format: 'cjs',
			platform: 'node',
			target: 'node20.19',
			sourcefile: source,
			define: { 'import.meta.url': here },
			banner: text.includes('import.meta.url') ? banner : '',
		});
		write(source.replace(/^src/, 'cjs').replace(/ts$/, 'js'), code);
		const types = source.replace(/^src/, 'dist').replace(/ts$/, 'd.ts');
		const declarations = readFileSync(fromRoot(types), 'utf8').replace(/\n\/\/# sourceMappingURL=.*\n?$/, '\n');
		write(types.replace(/^dist/, 'cjs'), declarations);
	}
	write('cjs/package.json', '{ "type": "commonjs" }\n');
}

function write(file, text) {
	mkdirSync(dirname(fromRoot(file)), { recursive: true });
	writeFileSync(fromRoot(file), text);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await compileCommonJs();
