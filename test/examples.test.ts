import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { runCompiled } from './support/compiled.js';
import { useTemporaryFolder } from './support/temporary-folder.js';

const folder = useTemporaryFolder();
const examples = fileURLToPath(new URL('../examples', import.meta.url));
const someFile = fileURLToPath(new URL('../package-lock.json', import.meta.url));

afterEach(() => {
	expect(readdirSync(folder)).toEqual([]);
});

it('every example has a README and a test', () => {
	const folders = readdirSync(examples, { withFileTypes: true }).filter((entry) => entry.isDirectory());
	expect(folders.map(({ name }) => name).sort()).toEqual([
		'arrow',
		'chat',
		'duplex-echo',
		'file-pipe',
		'flatbuffers',
		'ix-pipeline',
		'log-collector',
		'rpc-worker',
		'tensors',
		'ticks',
		'video',
	]);
	for (const { name } of folders) expect(readdirSync(`${examples}/${name}`)).toContain('README.md');
});

it('file-pipe: the copy is identical', async () => {
	const { status, output, errors } = await runCompiled('examples/file-pipe/main', someFile);
	expect({ status, errors }).toEqual({ status: 0, errors: '' });
	expect(output).toContain('the copy is identical');
});

it('ticks: every subscriber sees them, delivered + lost = written', async () => {
	const { status, output, errors } = await runCompiled('examples/ticks/main');
	expect({ status, errors }).toEqual({ status: 0, errors: '' });
	const [, written] = /writer: (\d+) ticks/.exec(output) ?? [];
	const [, delivered, lost] = /reader: (\d+) ticks, (\d+) lost/.exec(output) ?? [];
	expect(Number(written)).toBe(10_000);
	expect(Number(delivered) + Number(lost)).toBe(10_000);
	for (const symbol of ['AAA', 'BBB', 'CCC'])
		expect(output).toMatch(new RegExp(`reader: ${symbol}, low .*, high .*, last `));
	expect(output).toContain('reader: the writer has said that this was all');
});

it('log-collector: every entry of every program and of the worker thread', async () => {
	const { status, output, errors } = await runCompiled('examples/log-collector/main');
	expect({ status, errors }).toEqual({ status: 0, errors: '' });
	for (const source of ['database', 'jobs', 'jobs, worker', 'web']) {
		expect(output).toContain(`collector: ${source}: 2000 entries, 200 warnings\n`);
	}
	expect(output).toContain('collector: 8000 entries from 4 sources, 0 lost');
});

it('ix-pipeline: the reader takes as many messages as it needs, and the writer stops', async () => {
	const { status, output, errors } = await runCompiled('examples/ix-pipeline/main');
	expect({ status, errors }).toEqual({ status: 0, errors: '' });
	expect(output.match(/reader: average \d of 100/g)).toHaveLength(5);
	expect(output).toContain('reader: has seen enough');
	expect(output).toContain('writer: the reader has left');
});

it('duplex-echo: each direction with its own codec, and both sides end', async () => {
	const { status, output, errors } = await runCompiled('examples/duplex-echo/main');
	expect({ status, errors }).toEqual({ status: 0, errors: '' });
	expect(output).toContain('client: 2: LOUDER');
	expect(output).toContain('client: that was all (closed)');
	expect(output).toContain('server: the client has left (closed)');
});

it('rpc-worker: real work, many requests at once, and an exception of the handler', async () => {
	const { status, output, errors } = await runCompiled('examples/rpc-worker/main');
	expect({ status, errors }).toEqual({ status: 0, errors: '' });
	expect(output).toMatch(/client: guarantees\.md: \d+ words/);
	expect(output).toContain('client: refused: the text is empty');
	expect(output).toContain('worker: the client has left');
});

it('chat: every client gets every line, and the server gets their events', async () => {
	const { status, output, errors } = await runCompiled('examples/chat/main');
	expect({ status, errors }).toEqual({ status: 0, errors: '' });
	for (const name of ['ann', 'bob', 'eve']) {
		expect(output).toContain(`${name}: <server> all are here`);
		expect(output).toContain(`${name}: <${name}> hello, I am ${name}`);
	}
	expect(output.match(/server: connect client/g)).toHaveLength(3);
	expect(output.match(/server: disconnect closed/g)).toHaveLength(3);
});

it('flatbuffers: the reader reads the same fields from the messages', async () => {
	const { status, output, errors } = await runCompiled('examples/flatbuffers/main');
	expect({ status, errors }).toEqual({ status: 0, errors: '' });
	expect(output).toContain('writer: 2000 readings, checksum 52175000\n');
	expect(output).toContain('reader: 2000 readings of 3 sensors, checksum 52175000\n');
});

it('arrow: the columns have the same values', async () => {
	const { status, output, errors } = await runCompiled('examples/arrow/main');
	expect({ status, errors }).toEqual({ status: 0, errors: '' });
	expect(output).toContain('writer: 1000000 rows, checksum 124999875000\n');
	expect(output).toContain('reader: 1000000 rows, checksum 124999875000\n');
});

it('tensors: all layers of all steps, in the order in which they were done', async () => {
	const { status, output, errors } = await runCompiled('examples/tensors/main');
	expect({ status, errors }).toEqual({ status: 0, errors: '' });
	const [, written] = /producer: 20 steps, checksum (\d+)/.exec(output) ?? [];
	expect(output).toContain(`consumer: 20 steps, layers in the order 3 2 1 0, checksum ${written}\n`);
});

it('video: one viewer sees every frame, and all see the last one', async () => {
	const { status, output, errors } = await runCompiled('examples/video/main', '12');
	expect({ status, errors }).toEqual({ status: 0, errors: '' });
	const [ringwire, socket] = output.split('unix socket:');
	for (const part of [ringwire, socket]) {
		expect(part).toMatch(/every: 12 frames, the last is 12,/);
		expect(part).toMatch(/camera: 12 frames/);
	}
	for (const viewer of ['newest', 'slow'])
		expect(ringwire).toMatch(new RegExp(`${viewer}: \\d+ frames, the last is 12,`));
});
