/** The processes of the soak: one that stays for the whole run, and those that are killed, stopped and started again. */
import { type Company, companyKey, type PartSpec } from './part.js';

export interface Role {
	readonly name: string;
	readonly parts: readonly PartSpec[];
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
	],
};

export const mortals: readonly Role[] = [
	{
		name: 'a',
		parts: [
			{ kind: 'writer', channel: 'keep' },
			{ kind: 'writer', channel: 'oldest' },
		],
	},
	{
		name: 'b',
		parts: [
			{ kind: 'writer', channel: 'keep' },
			{ kind: 'reader', channel: 'newest', lossy: true },
			{ kind: 'client', channel: 'talk' },
		],
	},
	{ name: 'c', parts: [{ kind: 'reader', channel: 'chain', chained: true }] },
	{
		name: 'd',
		parts: [
			{ kind: 'writer', channel: 'chain' },
			{ kind: 'writer', channel: 'crowd' },
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
		],
	},
	{
		name: 'g',
		parts: [
			{ kind: 'writer', channel: 'crowd' },
			{ kind: 'writer', channel: 'newest' },
			{ kind: 'reader', channel: 'latest' },
		],
	},
	{
		name: 'h',
		parts: [
			{ kind: 'reader', channel: 'keep', lossy: true },
			{ kind: 'reader', channel: 'newest' },
		],
	},
	{ name: 'i', parts: [{ kind: 'server', channel: 'talk' }] },
	{
		name: 'j',
		parts: [
			{ kind: 'client', channel: 'talk' },
			{ kind: 'client', channel: 'desk' },
		],
	},
];

/** The processes of each channel when all of these are alive. */
export function companyOf(living: readonly { readonly pid: number; readonly role: Role }[]): Company {
	const company: Record<string, number[]> = {};
	for (const { pid, role } of living) {
		for (const { kind, channel } of role.parts) {
			const pids = company[companyKey(kind, channel)] ?? [];
			pids.push(pid);
			company[companyKey(kind, channel)] = pids;
		}
	}
	return company;
}
