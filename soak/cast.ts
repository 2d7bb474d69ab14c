/** The processes of the soak: one that stays for the whole run, and those that are killed, stopped and started again. */
import { type Company, companyKey, type PartSpec } from './parts/part.js';

export interface Role {
	readonly name: string;
	readonly parts: readonly PartSpec[];
	/** While it is stopped, all others can do everything but exchange messages with it. */
	readonly holdsNothingBack?: true;
}

/**
 * Never killed or stopped, and on every channel: it cleans up after the others. A comparison of its resources before and after shows whether
 * any remains of dead peers stay behind.
 */
export const survivor: Role = {
	name: 'survivor',
	parts: [
		{ kind: 'reader', channel: 'keep', only: true },
		{ kind: 'writer', channel: 'chain' },
		{ kind: 'reader', channel: 'crowd', lossy: true },
		{ kind: 'writer', channel: 'oldest' },
		{ kind: 'reader', channel: 'oldest' },
		{ kind: 'writer', channel: 'newest' },
		{ kind: 'reader', channel: 'newest' },
		{ kind: 'writer', channel: 'latest' },
		{ kind: 'reader', channel: 'latest' },
		{ kind: 'client', channel: 'talk' },
		{ kind: 'server', channel: 'desk' },
		{ kind: 'writer', channel: 'halt' },
		{ kind: 'requester', channel: 'calls' },
	],
};

export const mortals: readonly Role[] = [
	{
		name: 'a',
		parts: [
			{ kind: 'writer', channel: 'keep' },
			{ kind: 'writer', channel: 'oldest' },
			{ kind: 'reader', channel: 'halt', order: 'time' },
		],
	},
	{
		name: 'b',
		holdsNothingBack: true,
		parts: [
			{ kind: 'writer', channel: 'keep' },
			{ kind: 'reader', channel: 'newest', lossy: true },
			{ kind: 'client', channel: 'talk' },
			{ kind: 'reader', channel: 'crowd', lossy: true },
			{ kind: 'reader', channel: 'halt', lossy: true },
		],
	},
	{
		name: 'c',
		parts: [
			{ kind: 'reader', channel: 'chain', chained: true },
			{ kind: 'writer', channel: 'halt' },
		],
	},
	{
		name: 'd',
		parts: [
			{ kind: 'writer', channel: 'chain' },
			{ kind: 'writer', channel: 'crowd' },
			{ kind: 'requester', channel: 'calls' },
		],
	},
	{
		name: 'e',
		parts: [
			{ kind: 'reader', channel: 'crowd', order: 'time' },
			{ kind: 'writer', channel: 'latest' },
		],
	},
	{
		name: 'f',
		parts: [
			{ kind: 'reader', channel: 'crowd' },
			{ kind: 'reader', channel: 'oldest', order: 'time' },
			{ kind: 'client', channel: 'desk' },
			{ kind: 'reader', channel: 'halt' },
		],
	},
	{
		name: 'g',
		parts: [
			{ kind: 'writer', channel: 'crowd', thread: true },
			{ kind: 'writer', channel: 'newest' },
			{ kind: 'reader', channel: 'latest', thread: true },
		],
	},
	{
		name: 'h',
		parts: [
			{ kind: 'reader', channel: 'keep', lossy: true },
			{ kind: 'reader', channel: 'newest' },
		],
	},
	{
		name: 'i',
		parts: [
			{ kind: 'server', channel: 'talk' },
			{ kind: 'service', channel: 'calls' },
			{ kind: 'writer', channel: 'halt' },
		],
	},
	{
		name: 'j',
		holdsNothingBack: true,
		parts: [
			{ kind: 'client', channel: 'talk' },
			{ kind: 'client', channel: 'desk', thread: true },
			{ kind: 'requester', channel: 'calls', thread: true },
		],
	},
];

interface Living {
	readonly pid: number;
	readonly role: Role;
}

/** The processes of each channel when all of these are alive, and these are stopped. */
export function companyOf(living: readonly Living[], stopped: readonly Living[] = []): Company {
	const at: Record<string, number[]> = {};
	for (const { pid, role } of living) {
		for (const { kind, channel } of role.parts) {
			const pids = at[companyKey(kind, channel)] ?? [];
			pids.push(pid);
			at[companyKey(kind, channel)] = pids;
		}
	}
	return { at, stopped: stopped.map(({ pid }) => pid) };
}
