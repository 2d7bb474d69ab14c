/** Throw-away projects into which the tarball is installed, as a user would. */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { exchanged } from './exchange.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
export const tarball = process.env.RINGWIRE_TARBALL ?? '';
/** Outside the checkout's own packages: a missing dependency must not be found there. */
export const projects = join(process.env.RINGWIRE_PROJECTS ?? '/tmp', 'ringwire-projects');

export type Files = Readonly<Record<string, string>>;

export interface Result {
	readonly status: number;
	readonly output: string;
	readonly errors: string;
}

/** The result of an exchange program that succeeded. */
export const success: Result = { status: 0, output: `${JSON.stringify(exchanged)}\n`, errors: '' };

export class Project {
	readonly folder: string;

	constructor(name: string, files: Files, manifest: object = {}) {
		this.folder = join(projects, name);
		this.write({
			'package.json': JSON.stringify({ name: 'user', version: '1.0.0', private: true, ...manifest }),
			...files,
		});
	}

	write(files: Files): void {
		for (const [file, text] of Object.entries(files)) {
			mkdirSync(dirname(join(this.folder, file)), { recursive: true });
			writeFileSync(join(this.folder, file), text);
		}
	}

	/** The tarball and these packages, with npm. */
	install(packages: readonly string[] = [], flags: readonly string[] = []): Promise<void> {
		return this.npm(['install', '--no-audit', '--no-fund', '--prefer-offline', ...flags, tarball, ...packages]);
	}

	async npm(args: readonly string[]): Promise<void> {
		const { status, errors } = await this.run('npm', args);
		if (status !== 0) throw new Error(`npm ${args.join(' ')}: ${errors}`);
	}

	/** Runs a program in the folder. Its status is 1 if a signal ended it. */
	async run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Result> {
		const options = { cwd: this.folder, env: { ...cleanEnvironment(), ...env }, maxBuffer: 2 ** 26 };
		try {
			const { stdout, stderr } = await promisify(execFile)(command, args, options);
			return { status: 0, output: stdout, errors: stderr };
		} catch (error) {
			const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string };
			return { status: typeof code === 'number' ? code : 1, output: stdout, errors: stderr || String(error) };
		}
	}

	node(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Result> {
		return this.run(process.execPath, args, env);
	}

	/** A program of an installed package, in this Node. */
	bin(name: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Result> {
		return this.node([join('node_modules/.bin', name), ...args], env);
	}
}

/** The environment without the variables of the npm and vitest around us. */
function cleanEnvironment(): NodeJS.ProcessEnv {
	const entries = Object.entries(process.env).filter(
		([name]) => !/^(npm_|VITEST|NODE_ENV|NODE_OPTIONS|TEST$)/.test(name),
	);
	return Object.fromEntries(entries);
}

export const repository = (path: string): string => join(root, path);
