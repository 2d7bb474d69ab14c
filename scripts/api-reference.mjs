// npm run docs:api: the API reference, from the doc comments of the public entries, as HTML in docs/api. Fails at a warning of typedoc and at
// a dead link.
//
// typedoc is installed as packaging/api-reference/package-lock.json pins it, beside the dependencies of the checkout: only this command needs it.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { filesBelow, fromRoot } from './paths.mjs';
import { steps } from './set-up.mjs';
import { fingerprint, isStamped, stamp } from './stamp.mjs';
import { capture, runQuietly } from './tool.mjs';

const toolFolder = fromRoot('build/api-reference/tools');
const typedoc = join(toolFolder, 'node_modules/typedoc/bin/typedoc');

/** Types that a public one is made of, and that a program does not name. typedoc warns of an entry that is not needed. */
const notExported = [
	'src/base/emitter.ts:ListenerTo',
	'src/endpoint/events.ts:HandleEvent',
	'src/base/errors.ts:codes',
	'src/base/errors.ts:RingwireErrorDetails',
	'src/definition/channel.ts:NameSpec',
	'src/definition/channel.ts:BytesLaneSpec',
	'src/definition/service.ts:BytesServiceLaneSpec',
	'src/service/remote-error.ts:Failure',
];

/** Resolves with whether the reference is complete. Errors are on stderr. */
export async function generate(out = fromRoot('docs/api')) {
	if (!(await steps.dependencies()) || !(await installTools())) return false;
	rmSync(out, { recursive: true, force: true });
	const entries = [
		'index',
		'streams/index',
		'observables/index',
		'iterables/index',
		'codecs/msgpack',
		'codecs/protobuf',
	];
	const { ok, output } = await capture(process.execPath, [
		typedoc,
		...entries.flatMap((entry) => ['--entryPoints', `src/${entry}.ts`]),
		...['--tsconfig', 'tsconfig.build.json', '--out', out, '--name', 'ringwire', '--readme', 'none'],
		...['--excludePrivate', '--excludeExternals', '--disableSources', '--disableGit', '--hideGenerator'],
		...['--treatWarningsAsErrors', '--treatValidationWarningsAsErrors'],
		...notExported.flatMap((name) => ['--intentionallyNotExported', name]),
	]);
	if (!ok) {
		process.stderr.write(output);
		return false;
	}
	const dead = deadLinks(out);
	for (const link of dead) console.error(`dead link: ${link}`);
	if (dead.length === 0) console.log(`${relative(process.cwd(), out) || out}: ${pagesOf(out).length} pages`);
	return dead.length === 0;
}

async function installTools() {
	const print = fingerprint(['packaging/api-reference']);
	if (existsSync(typedoc) && isStamped('api-reference-tools', print)) return true;
	rmSync(toolFolder, { recursive: true, force: true });
	mkdirSync(toolFolder, { recursive: true });
	cpSync(fromRoot('packaging/api-reference'), toolFolder, { recursive: true });
	const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
	const installed = await runQuietly('installing typedoc (npm ci)', [
		{ command: 'npm', args, options: { cwd: toolFolder } },
	]);
	if (installed) stamp('api-reference-tools', print);
	return installed;
}

/** Links of HTML pages below `folder` to files that do not exist, and to ids that the page does not have, as `page: link`. */
export function deadLinks(folder) {
	const idsOf = new Map();
	for (const page of pagesOf(folder)) {
		const text = readFileSync(join(folder, page), 'utf8');
		idsOf.set(page, new Set([...text.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id)));
	}
	return pagesOf(folder).flatMap((page) => {
		const text = readFileSync(join(folder, page), 'utf8');
		const links = [...text.matchAll(/\s(?:href|src)="([^"]*)"/g)].map(([, link]) => link.replaceAll('&amp;', '&'));
		return [...new Set(links)]
			.filter((link) => !/^[a-z]+:/.test(link) && isDead(folder, page, link, idsOf))
			.map((link) => `${page}: ${link}`);
	});
}

function isDead(folder, page, link, idsOf) {
	const [path, id] = link.split('#').map(decodeURIComponent);
	const target = path === '' ? page : join(dirname(page), path);
	if (!existsSync(join(folder, target))) return true;
	return Boolean(id) && idsOf.has(target) && !idsOf.get(target).has(id);
}

function pagesOf(folder) {
	return filesBelow(['.'], folder).filter((file) => file.endsWith('.html'));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = (await generate()) ? 0 : 1;
