/** Next.js: a service from the hook `register`, and a route handler that reads a channel, in a production server. */
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { Process } from './support/process.js';
import { Project, projects, repository } from './support/project.js';

const pinned = (file: string) => readFileSync(repository(`packaging/next/${file}`), 'utf8');
const party = readFileSync(repository('packaging/test/programs/party.mjs'), 'utf8');
const staticImport = `import 'ringwire/linux-${process.arch}';`;

const application = {
	'package.json': pinned('package.json'),
	'package-lock.json': pinned('package-lock.json'),
	'party.mjs': party,
	'app/layout.js': `
		export default function Layout({ children }) {
			return <html lang="en"><body>{children}</body></html>;
		}`,
	'service.js': `
		${staticImport}
		import { defineService, json, serve } from 'ringwire';
		const service = defineService({ name: process.env.SERVICE, request: { codec: json() }, response: { codec: json() } });
		globalThis.server = serve(service, async (request) => ({ twice: request * 2 }));`,
	// The build calls the hook too, and an open server would keep it running.
	'instrumentation.js': `
		export async function register() {
			if (process.env.NEXT_RUNTIME === 'nodejs' && process.env.SERVICE) await import('./service.js');
		}`,
	'app/read/route.js': `
		${staticImport}
		import { reduce, lastValueFrom } from 'rxjs';
		import { defineChannel, json } from 'ringwire';
		import { fromChannel } from 'ringwire/observables';
		export const dynamic = 'force-dynamic';
		export async function GET(request) {
			const sums = {};
			for (const face of ['iterable', 'observable', 'stream', 'blocking']) {
				const name = new URL(request.url).searchParams.get('name') + '.' + face;
				const numbers = fromChannel(defineChannel({ name, codec: json(), capacity: 64 * 1024, depth: 256 }));
				sums[face] = await lastValueFrom(numbers.pipe(reduce((sum, n) => sum + n, 0)));
			}
			return Response.json(sums);
		}`,
};

const user = new Project('next', application);
beforeAll(async () => {
	const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
	await user.npm(['ci', ...flags]);
	await user.install([], ['--ignore-scripts']);
});

async function build(tool: string, configuration: object): Promise<void> {
	user.write({ 'next.config.mjs': `export default ${JSON.stringify(configuration)};` });
	rmSync(join(user.folder, '.next'), { recursive: true, force: true });
	const { status, output, errors } = await user.bin('next', ['build', tool], { NEXT_TELEMETRY_DISABLED: '1' });
	expect(status, `${output}\n${errors}`).toBe(0);
}

/** Starts the server, exchanges messages with it from other processes, and ends it. */
async function exchanges(command: readonly string[], folder: string): Promise<void> {
	const name = `next-${process.pid}-${Math.random()}`;
	const environment = ['env', 'PORT=0', 'HOSTNAME=127.0.0.1', `SERVICE=${name}`];
	const server = new Process([...environment, process.execPath, ...command], folder);
	try {
		const [address] = /http:\S+/.exec(await server.line('- Local:')) ?? [];
		const client = new Process([process.execPath, 'party.mjs', 'ask', name], user.folder);
		expect((await client.finished()).lines).toEqual(['[{"twice":2},{"twice":4},{"twice":6}]']);

		const writer = new Process([process.execPath, 'party.mjs', 'write', name], user.folder);
		const sum = 2_001_000;
		const response = await fetch(`${address}/read?name=${name}`);
		expect(await response.json()).toEqual({ iterable: sum, observable: sum, stream: sum, blocking: sum });
		expect(await writer.finished()).toEqual({ status: 0, lines: ['written'], errors: '' });
	} finally {
		server.kill();
		await server.ended;
	}
}

const external = { serverExternalPackages: ['ringwire'] };

test.each(['--turbopack', '--webpack'])(
	'next build %s and next start exchange messages with other processes',
	async (tool) => {
		await build(tool, external);
		await exchanges(['node_modules/next/dist/bin/next', 'start'], user.folder);
	},
);

test.each(['--turbopack', '--webpack'])(
	'next build %s, a standalone server elsewhere: the static import brings the addon',
	async (tool) => {
		await build(tool, { ...external, output: 'standalone' });
		const elsewhere = join(projects, 'next-standalone');
		rmSync(elsewhere, { recursive: true, force: true });
		cpSync(join(user.folder, '.next/standalone'), elsewhere, { recursive: true, verbatimSymlinks: true });
		await exchanges(['server.js'], elsewhere);
	},
);
