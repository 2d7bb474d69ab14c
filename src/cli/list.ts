import type { CAC } from 'cac';
import { type ListedEndpoint, listChannels } from '../listing/list-channels.js';
import { formatBytes, formatCount, formatPlural, formatTable } from './format.js';
import type { Given } from './options.js';

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
	'WAITS FOR',
];
const numeric = new Set([4, 5, 6, 7, 8, 9]);

export function addList(cli: CAC): void {
	cli.command('list', 'Show the live channels and their endpoints')
		.option('--json', 'Print all fields as JSON')
		.action(async (given: Given) => list(given.json === true));
}

/** Asks every endpoint in the run-time folder. An endpoint that is stopped or busy does not answer; its row says so. */
function list(asJson: boolean): void {
	const channels = listChannels();
	if (asJson) {
		process.stdout.write(`${JSON.stringify(channels, undefined, '\t')}\n`);
	} else if (channels.length === 0) {
		process.stderr.write('ringwire: there is no live channel\n');
	} else {
		const rows = channels.flatMap(({ name, endpoints }) => endpoints.map((endpoint) => rowOf(name, endpoint)));
		process.stdout.write(formatTable([header, ...rows], numeric));
	}
}

function rowOf(name: string, endpoint: ListedEndpoint): string[] {
	const { role, pid, answered, overflow, codec, peers, unread, unreadBytes, messages } = endpoint;
	if (!answered) return [name, 'does not answer', '', role, String(pid), '', '', '', '', '', ''];
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
		waitsFor(endpoint),
	];
}

/** Why a writer has no room for a message. Lossy readers make no room. */
function waitsFor({ waiting, holders, peers }: ListedEndpoint): string {
	switch (waiting) {
		case 'readers':
			return formatPlural(holders, 'reader');
		case 'no-reader':
			return peers === 0 ? 'a first reader' : 'a reader that is not lossy';
		case undefined:
			return '';
	}
}

/** A lane is full when its bytes or its descriptors are used up. */
function fillPercent({ unread, depth, unreadBytes, capacity }: ListedEndpoint): number {
	return Math.round(Math.max(unread / depth, unreadBytes / capacity) * 100);
}
