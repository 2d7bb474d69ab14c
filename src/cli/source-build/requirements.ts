import { spawnSync } from 'node:child_process';

/** As node-gyp and make choose them. */
const commands = {
	make: () => process.env.MAKE ?? 'make',
	python: () => [process.env.npm_config_python ?? process.env.PYTHON ?? [], 'python3', 'python'].flat(),
	compiler: () => words(process.env.CXX ?? 'g++'),
};

const packages = [
	'Debian and Ubuntu: apt-get install build-essential python3',
	'Alpine: apk add build-base python3',
	'Fedora: dnf install gcc-c++ make python3',
].join('; ');

/** Throws an error that names the programs that a build needs and this machine does not have. */
export function checkRequirements(): void {
	const missing = [
		...(runs([commands.make(), '--version']) ? [] : ['make']),
		...(commands.python().some(isPython) ? [] : ['Python 3.8 or newer']),
		...(isCompiler(commands.compiler()) ? [] : [`a compiler for C++20 (${commands.compiler().join(' ')}; CXX)`]),
	];
	if (missing.length > 0) throw new Error(`a build from source needs ${missing.join(', ')}: ${packages}`);
}

function isPython(command: string): boolean {
	return runs([command, '-c', 'import sys; sys.exit(sys.version_info < (3, 8))']);
}

function isCompiler(command: readonly string[]): boolean {
	const input = '#include <bit>\n#include <span>\nstatic_assert(std::has_single_bit(8U));\n';
	return runs([...command, '-std=c++20', '-fsyntax-only', '-x', 'c++', '-'], input);
}

function runs([command = '', ...args]: readonly string[], input = ''): boolean {
	return spawnSync(command, args, { input, stdio: ['pipe', 'ignore', 'ignore'] }).status === 0;
}

function words(command: string): string[] {
	return command.split(/\s+/).filter((word) => word !== '');
}
