/**
 * The program of every consumer: it starts itself again as another process, which writes, reads the messages through the three faces, and prints
 * what it got. In each flavour of modules and types. `read NAME` and `write NAME` run one half of it.
 */
export type Flavour = 'esm' | 'commonjs' | 'typescript';

/** The printed result. */
export const exchanged = { iterable: [1, 2, 3], observable: [1, 2, 3], stream: [1, 2, 3] };

export function exchangeProgram(flavour: Flavour): string {
	const typed = flavour === 'typescript';
	return `${imports[flavour]}
${halves(typed)}${main(typed)}`;
}

/** A file for a test runner with a global `test`: it reads what `writer`, an exchange program, writes in a process of its own. */
export function exchangeTest(flavour: Flavour, writer: string): string {
	return `${imports[flavour]}
${halves(flavour === 'typescript')}
test('exchanges messages with another process', async () => {
	const fresh = 'exchange-test-' + process.pid + '-' + Math.random();
	const child = fork(${JSON.stringify(writer)}, ['write', fresh], { execArgv: [] });
	const exited = new Promise((resolve) => child.once('exit', resolve));
	expect(await read(fresh)).toEqual(${JSON.stringify(exchanged)});
	expect(await exited).toBe(0);
});
`;
}

const names: readonly (readonly [string, string])[] = [
	['fork', 'node:child_process'],
	['defineChannel, json, openWriter, RingwireError', 'ringwire'],
	['fromChannel', 'ringwire/observables'],
	['createReadStream', 'ringwire/streams'],
	['iterableFrom', 'ringwire/iterables'],
	['lastValueFrom, toArray', 'rxjs'],
];

const imports: Readonly<Record<Flavour, string>> = {
	esm: names.map(([what, from]) => `import { ${what} } from '${from}';`).join('\n'),
	commonjs: names.map(([what, from]) => `const { ${what} } = require('${from}');`).join('\n'),
	typescript: names.map(([what, from]) => `import { ${what} } from '${from}';`).join('\n'),
};

/** Adds a type where the program has types. */
const typing = (typed: boolean) => (text: string) => (typed ? text : '');

function halves(typed: boolean): string {
	const type = typing(typed);
	return `
const faces = ['iterable', 'observable', 'stream']${type(' as const')};
const channel = (name${type(': string')}) => defineChannel({ name, codec: json${type('<{ n: number }>')}() });

async function write(name${type(': string')})${type(': Promise<void>')} {
	for (const face of faces) {
		const writer = openWriter(channel(name + '.' + face));
		await writer.whenConnected();
		for (const n of [1, 2, 3]) await writer.write({ n });
		writer.end();
		await writer.close();
	}
}

async function read(name${type(': string')})${type(': Promise<object>')} {
	const iterable${type(': number[]')} = [];
	for await (const { n } of iterableFrom(channel(name + '.iterable'))) iterable.push(n);
	const messages = await lastValueFrom(fromChannel(channel(name + '.observable')).pipe(toArray()));
	const observable = messages.map(({ n }) => n);
	const stream${type(': number[]')} = [];
	for await (const { n } of createReadStream(channel(name + '.stream'))) stream.push(n);
	const closed = openWriter(channel(name + '.closed'));
	await closed.close();
	let error${type(': unknown')};
	try {
		closed.tryWrite({ n: 1 });
	} catch (thrown) {
		error = thrown;
	}
	if (!(error instanceof RingwireError)) throw new Error('no RingwireError');
	return { iterable, observable, stream };
}
`;
}

function main(typed: boolean): string {
	const type = typing(typed);
	return `
async function main()${type(': Promise<void>')} {
	const [half, name = ''] = process.argv.slice(2);
	if (half === 'write') return write(name);
	const fresh = 'exchange-' + process.pid;
	if (half === undefined) fork(process.argv[1]${type(' as string')}, ['write', fresh]);
	console.log(JSON.stringify(await read(half === undefined ? fresh : name)));
}

main().catch((error${type(': unknown')}) => {
	console.error(error);
	process.exitCode = 1;
});
`;
}
