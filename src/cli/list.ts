import type { CAC } from 'cac';
import { type ListedEndpoint, listChannels } from '../listing/list-channels.js';
import { formatBytes, formatCount, formatPlural, formatTable } from './format.js';
import type { Given } from './options.js';
import { writeOutput } from './output.js';

const header = [
	'CHANNEL',
	'POLICY',
	'CODEC',
	'ROLE',
	'PID',
	'PEERS',
	'UNREAD',
	'BYTES',
	'FILL',
	'MESSAGES',
	'POOL',
	'LEASES',
	'WAITS FOR',
];
const numeric = new Set([4, 5, 6, 7, 8, 9, 10]);

export function addList(cli: CAC): void {
	cli.command('list', 'Show the live channels and their endpoints')
		.option('--json', 'Print all fields as JSON')
		.action((given: Given) => list(given.json === true));
}

/** Queries every endpoint in the run-time folder. The row of an endpoint that is stopped or busy reads `does not answer`. */
async function list(asJson: boolean): Promise<void> {
	const channels = listChannels();
	if (asJson) {
		await print(`${JSON.stringify(channels, undefined, '\t')}\n`);
	} else if (channels.length === 0) {
		process.stderr.write('ringwire: there is no live channel\n');
	} else {
		const rows = channels.flatMap(({ name, endpoints }) => endpoints.map((endpoint) => rowOf(name, endpoint)));
		await print(formatTable([header, ...rows], numeric));
	}
}

/** Rejects with EPIPE when the other end of standard output is closed, as in `ringwire list | head -1`. */
function print(text: string): Promise<void> {
	process.stdout.on('error', () => {}); // `writeOutput` rejects with the same error
	return writeOutput([Buffer.from(text)], false);
}

function rowOf(name: string, endpoint: ListedEndpoint): string[] {
	const { role, pid, answered, overflow, codec, peers, unread, unreadBytes, messages } = endpoint;
	if (!answered) return [name, 'does not answer', '', role, String(pid), ...Array<string>(8).fill('')];
	const fill = role === 'writer' ? [formatBytes(unreadBytes), `${fillPercent(endpoint)} %`] : ['', ''];
	return [
		name,
		overflow,
		codec,
		role,
		String(pid),
		formatCount(peers),
		formatCount(unread),
		...fill,
		formatCount(messages),
		poolOf(endpoint),
		leasesOf(endpoint),
		waitsFor(endpoint),
	];
}

/** How much of it is in use. */
function poolOf({ poolBytes, poolUsed }: ListedEndpoint): string {
	return poolBytes === 0 ? '' : `${Math.round((poolUsed / poolBytes) * 100)} %`;
}

/** Their number, and the age of the oldest. */
function leasesOf({ leases, oldestLeaseMs }: ListedEndpoint): string {
	if (leases === 0) return '';
	return oldestLeaseMs === 0 ? formatCount(leases) : `${formatCount(leases)}, ${(oldestLeaseMs / 1000).toFixed(1)} s`;
}

/** Why a writer has no room for a message. Lossy readers make no room. */
function waitsFor({ waiting, holders, peers }: ListedEndpoint): string {
	switch (waiting) {
		case 'readers':
			return formatPlural(holders, 'reader');
		case 'no-reader':
			return peers === 0 ? 'a first reader' : 'a reader that is not lossy';
		case 'pool':
			return 'room in its pool';
		case undefined:
			return '';
	}
}

/** A lane is full when its bytes or its descriptors are used up. */
function fillPercent({ unread, depth, unreadBytes, capacity }: ListedEndpoint): number {
	return Math.round(Math.max(unread / depth, unreadBytes / capacity) * 100);
}
