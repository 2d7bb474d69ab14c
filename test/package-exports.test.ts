import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

const entries = ['', '/observables', '/streams', '/iterables', '/codecs/msgpack', '/codecs/protobuf'].map(
	(path) => `ringwire${path}`,
);

test('require() and import of every entry give the same things', () => {
	const program = `
		(async () => {
			const answers = [];
			for (const entry of ${JSON.stringify(entries)}) {
				const required = require(entry);
				const imported = await import(entry);
				const names = Object.keys(imported);
				answers.push(names.length > 0 && names.every((name) => required[name] === imported[name]));
			}
			console.log(JSON.stringify(answers));
		})();`;
	const args = ['--no-warnings', '--input-type=commonjs', '--eval', program];
	expect(JSON.parse(execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' }))).toEqual(
		entries.map(() => true),
	);
});
