import { checkInteger, checkOptions, type KeysOf } from '../base/check.js';
import { attempt } from '../base/errors.js';
import type { Overflow } from '../definition/channel.js';
import { checkGroup, runTimeFolder } from '../definition/channel.js';
import type { NativeListed } from '../native/boundary.js';
import { loadAddon } from '../native/load.js';

export interface ListOptions {
	/** How long to wait for the answers of all endpoints together: an integer from 0 to 60,000 milliseconds, default 200. */
	readonly timeoutMs?: number | undefined;
	/** The id of the group that the run-time folder belongs to, as `ChannelSpec.group`. */
	readonly group?: number | undefined;
}

const listKeys: KeysOf<ListOptions> = { timeoutMs: true, group: true };

/** One endpoint as it describes itself. */
export interface ListedEndpoint {
	/** As `Peer.id`. */
	readonly id: string;
	readonly pid: number;
	readonly uid: number;
	readonly role: 'writer' | 'reader' | 'server' | 'client';
	/**
	 * False: the process lives but did not answer in time, because it is stopped or its event loop is blocked. The fields
	 * below are then empty or 0.
	 */
	readonly answered: boolean;
	readonly codec: string;
	readonly overflow: Overflow | '';
	/** The number of connected peers. */
	readonly peers: number;
	/** Writer: the size of its lane in bytes and in messages. */
	readonly capacity: number;
	readonly depth: number;
	/**
	 * Writer: messages and bytes in the lane that the slowest reader that holds it back has not read. Reader: messages that
	 * it could read.
	 */
	readonly unread: number;
	readonly unreadBytes: number;
	/** Messages published by a writer, or delivered to a reader, since it was opened. */
	readonly messages: number;
	/** Writer: connected readers that hold it back. A `lossy` reader does not. */
	readonly holders: number;
	/** Writer: the room for messages in its pool, and the part of it that messages and loans have, in bytes. 0 without a pool. */
	readonly poolBytes: number;
	readonly poolUsed: number;
	/** Reader: open leases that are no copies. Writer: messages in its pool that leases of its readers keep. */
	readonly leases: number;
	/** Reader: for how many milliseconds the oldest of them has been open; 0 if there is none. */
	readonly oldestLeaseMs: number;
	/**
	 * Why a write or a loan waits for room. `readers`: the `holders` have not read enough. `no-reader`: no reader that holds back is
	 * connected, and `lossy` readers make no room. `pool`: unread messages, leases and loans have all of the pool. Undefined: nothing waits.
	 */
	readonly waiting: 'readers' | 'no-reader' | 'pool' | undefined;
}

export interface ListedChannel {
	readonly name: string;
	readonly endpoints: readonly ListedEndpoint[];
}

/**
 * Lists the channels of the run-time folder that have a live endpoint, sorted by name. The endpoints of each are sorted by
 * role, writers first. Blocks the thread until every endpoint has answered, for at most `timeoutMs`; an endpoint on this
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

function endpointFrom({ channel: _, peer, waiting, ...rest }: NativeListed): ListedEndpoint {
	const { id, pid, uid, role } = peer;
	return { id, pid, uid, role, ...rest, waiting: waitsFor(waiting, rest.holders) };
}

function waitsFor(waiting: number, holders: number): ListedEndpoint['waiting'] {
	if (waiting === 0) return undefined;
	if (waiting === 2) return 'pool';
	return holders > 0 ? 'readers' : 'no-reader';
}

function writersFirst(one: ListedEndpoint, other: ListedEndpoint): number {
	return -compare(one.role, other.role) || one.pid - other.pid || compare(one.id, other.id);
}

function compare(one: string, other: string): number {
	return one < other ? -1 : one > other ? 1 : 0;
}
