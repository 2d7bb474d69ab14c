#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { cac } from 'cac';
import { addBuild } from './build.js';
import { addDoctor } from './doctor.js';
import { ExitStatus, explain, statusOf } from './exit-status.js';
import { Interrupted } from './interruption.js';
import { addList } from './list.js';
import { addRead } from './read.js';
import { addWrite } from './write.js';

const cli = cac('ringwire');
cli.usage('<command> [options]');
addWrite(cli);
addRead(cli);
addList(cli);
addBuild(cli);
addDoctor(cli);
cli.help();
cli.version(ownVersion());
process.exitCode = await main();

async function main(): Promise<number> {
	let running: unknown;
	try {
		const { options, args } = cli.parse(process.argv, { run: false });
		if (options.help === true || options.version === true) return ExitStatus.success;
		if (cli.matchedCommand === undefined) throw new TypeError(unknownCommand(args[0]));
		running = cli.runMatchedCommand();
	} catch (error) {
		// Thrown before a command runs: the arguments are wrong.
		complain(explain(error));
		complain('try: ringwire --help');
		return ExitStatus.usage;
	}
	try {
		await running;
		return ExitStatus.success;
	} catch (error) {
		const status = statusOf(error);
		const silent = status === ExitStatus.success || error instanceof Interrupted;
		if (!silent) complain(explain(error));
		return status;
	}
}

function complain(text: string): void {
	process.stderr.write(`ringwire: ${text}\n`);
}

function unknownCommand(command: string | undefined): string {
	return command === undefined ? 'no command given' : `unknown command: ${command}`;
}

/** The same two folders up from `src/cli` and from `dist/cli`. */
function ownVersion(): string {
	const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
	const known = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
	return known ? String(manifest.version) : 'unknown';
}
