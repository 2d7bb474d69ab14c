import { checkInteger, checkOptions, type KeysOf } from '../base/check.js';
import { attempt } from '../base/errors.js';
import type { Overflow } from '../definition/channel.js';
import { checkGroup, runTimeFolder } from '../definition/channel.js';
import type { NativeListed } from '../native/boundary.js';
import { loadAddon } from '../native/load.js';

export interface ListOptions {
	/** 0 to 60,000, default 200. */
	readonly timeoutMs?: number | undefined;
	/** As `ChannelSpec.group`, when the run-time folder is that of a group. */
	readonly group?: number | undefined;
}

const listKeys: KeysOf<ListOptions> = { timeoutMs: true, group: true };

export interface ListedEndpoint {
	/** As `Peer.id`. */
	readonly id: string;
	readonly pid: number;
	readonly uid: number;
	readonly role: 'writer' | 'reader' | 'server' | 'client';
	/**
	 * False: it is alive but did not answer in time, as it is stopped or its loop is blocked; then what follows is
	 * empty or 0.
	 */
	readonly answered: boolean;
	readonly codec: string;
	readonly overflow: Overflow | '';
	/** How many peers it is connected with. */
	readonly peers: number;
	/** Writer: the size of its lane in bytes and in messages. */
	readonly capacity: number;
	readonly depth: number;
	/**
	 * Writer: messages and bytes in the lane that the slowest holding reader has not read. Reader: messages that it
	 * could read.
	 */
	readonly unread: number;
	readonly unreadBytes: number;
	/** Published by a writer, delivered to a reader, since it was opened. */
	readonly messages: number;
	/** Writer: connected readers that hold it back. A full writer without one waits for the first to connect. */
	readonly holders: number;
	/** Writer: a write waits for room. */
	readonly waiting: boolean;
}

export interface ListedChannel {
	readonly name: string;
	readonly endpoints: readonly ListedEndpoint[];
}

/**
 * The channels in the run-time folder that have a live endpoint, by name, each with its endpoints, writers first. Asks
 * every one and blocks the thread until all have answered, at most `timeoutMs` together; an endpoint on this very
 * thread cannot answer meanwhile. Throws TypeError, RangeError, ACCESS, UNSUPPORTED and SYSTEM.
 */
export function listChannels(options?: ListOptions): ListedChannel[] {
	const { timeoutMs = 200, group } = checkOptions('options', options, listKeys);
	checkGroup(group);
	checkInteger('timeoutMs', timeoutMs, { min: 0, max: 60_000, unit: 'milliseconds' });
	const channels = new Map<string, ListedEndpoint[]>();
	for (const listed of attempt(() => loadAddon().listChannels(runTimeFolder(), group, timeoutMs))) {
		const endpoints = channels.get(listed.channel) ?? [];
		endpoints.push(endpointFrom(listed));
		channels.set(listed.channel, endpoints);
	}
	return [...channels]
		.map(([name, endpoints]) => ({ name, endpoints: endpoints.sort(writersFirst) }))
		.sort((one, other) => compare(one.name, other.name));
}

function endpointFrom({ channel: _, peer, ...rest }: NativeListed): ListedEndpoint {
	return { id: peer.id, pid: peer.pid, uid: peer.uid, role: peer.role, ...rest };
}

function writersFirst(one: ListedEndpoint, other: ListedEndpoint): number {
	return -compare(one.role, other.role) || one.pid - other.pid || compare(one.id, other.id);
}

function compare(one: string, other: string): number {
	return one < other ? -1 : one > other ? 1 : 0;
}
