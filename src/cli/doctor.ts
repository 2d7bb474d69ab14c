import type { CAC } from 'cac';
import { checkAddon, checkExchange } from './checks/addon.js';
import { checkContainer } from './checks/container.js';
import { checkCopies } from './checks/copies.js';
import type { Finding } from './checks/finding.js';
import {
	checkBacklog,
	checkDescriptors,
	checkLockedMemory,
	checkMemoryLimit,
	checkSharedMemoryFolder,
} from './checks/limits.js';
import { checkNames, checkRunTimeFolder, namesIn, runTimeFolderOf } from './checks/run-time-folder.js';
import { checkPassRights, checkRuntime, checkSealedMemory, checkSystem } from './checks/system.js';
import { formatPlural, formatTable } from './format.js';
import type { Given } from './options.js';
import { writeOutput } from './output.js';
import { tryAddon } from './trial.js';

export function addDoctor(cli: CAC): void {
	cli.command('doctor', 'Check the addon, the system, the run-time folder and the limits')
		.option('--json', 'Print the findings as JSON')
		.action((given: Given) => doctor(given.json === true));
}

/** Prints all findings, and rejects if one of them is an error. */
async function doctor(asJson: boolean): Promise<void> {
	const findings = findAll();
	process.stdout.on('error', () => {}); // `writeOutput` rejects with the same error
	const text = asJson ? `${JSON.stringify(findings, undefined, '\t')}\n` : tableOf(findings);
	await writeOutput([Buffer.from(text)], false);
	const errors = findings.filter(({ status }) => status === 'error').length;
	if (errors > 0) throw new Error(`${formatPlural(errors, 'error')} in ${formatPlural(findings.length, 'check')}`);
}

function findAll(): Finding[] {
	// A trial removes the names of dead endpoints, and creates the folder.
	const names = namesIn(runTimeFolderOf().path);
	const folder = checkRunTimeFolder();
	const trial = tryAddon();
	return [
		checkAddon(trial),
		checkExchange(trial),
		checkCopies(),
		checkRuntime(),
		checkSystem(),
		checkSealedMemory(trial),
		checkPassRights(),
		folder,
		checkNames(names, trial),
		checkDescriptors(),
		checkLockedMemory(),
		checkMemoryLimit(),
		checkBacklog(),
		checkSharedMemoryFolder(),
		checkContainer(),
	];
}

function tableOf(findings: readonly Finding[]): string {
	const rows = findings.flatMap(({ status, check, found, advice }) => [
		[status, check, found],
		...(advice === '' ? [] : [['', '', `-> ${advice}`]]),
	]);
	return formatTable(rows, new Set());
}
