import { setTimeout as sleep } from 'node:timers/promises';
import { checkSignal, onAbort, waitingKeys } from '../base/abort.js';
import { checkOptions, type KeysOf } from '../base/check.js';
import { Deadline } from '../base/deadline.js';
import { attempt, channelError, errorFrom } from '../base/errors.js';
import { peerFrom } from '../base/peer.js';
import { type CheckedRetry, checkRetry, type RetryPolicy, retryKeys } from '../base/retry.js';
import { checkDuplex, type Duplex, nativeDuplexContract } from '../definition/duplex.js';
import { type NativeReaderOptions, Wake } from '../native/boundary.js';
import { loadAddon } from '../native/load.js';
import { nativeReaderOptions } from '../reader/reader.js';
import { DuplexConnection } from './connection.js';
import { peerLeft } from './peer-left.js';
import type { Connection } from './types.js';

export interface ConnectOptions extends RetryPolicy {
	/**
	 * The largest message in bytes that is accepted from the server: an integer from 1 to 536,870,912. Default: no limit but the
	 * server's own. A server that writes a larger one is cut off before memory is allocated for it, after the messages before it:
	 * the connection's reader emits `error` with TOO_LARGE, and the connection closes with the reason `corrupt`.
	 */
	readonly messageMax?: number | undefined;
	/** How long the connection's reader polls before it sleeps: 0 to 1,000,000 microseconds, default 50. */
	readonly spinMicros?: number | undefined;
	/** Aborting it ends the attempt. It has no effect on the connection afterwards. */
	readonly signal?: AbortSignal | undefined;
}

export const connectKeys: KeysOf<ConnectOptions> = {
	...retryKeys,
	...waitingKeys,
	messageMax: true,
	spinMicros: true,
};

/**
 * Connects to the server of the duplex channel. Waits for a server that is not there yet, or that dies before both lanes are
 * linked, and pauses between two attempts as `RetryPolicy` states. Resolves when both lanes are linked: either side gets
 * everything that the other one writes from then on.
 *
 * Rejects with `signal.reason`; with TIMEOUT if no server has answered within `timeoutMs`; with MISMATCH if the server
 * defines the channel differently, or the name is in use by a one-way channel; with LIMIT if the server has `clientsMax`
 * clients; with VERSION, ACCESS, UNSUPPORTED and SYSTEM; with TypeError and RangeError for its arguments.
 */
export async function connect<ToServer, ToClient>(
	duplex: Duplex<ToServer, never, unknown, ToClient>,
	options?: ConnectOptions,
): Promise<Connection<ToServer, ToClient>> {
	return connectTo(checkDuplex(duplex), checkOptions('options', options, connectKeys));
}

/** `connect` for a duplex that has been checked, and options whose names have been checked. */
export async function connectTo<ToServer, ToClient>(
	duplex: Duplex<ToServer, never, unknown, ToClient>,
	options: ConnectOptions,
): Promise<DuplexConnection<ToServer, ToClient>> {
	const retry = { ...checkRetry(options), reader: checkConnectionReader(options) };
	const { timeoutMs } = retry;
	const signal = checkSignal('signal', options.signal);
	signal?.throwIfAborted();
	const deadline = new Deadline(signal, timeoutMs, () =>
		channelError(
			'ERR_RINGWIRE_TIMEOUT',
			duplex.name,
			`no server has answered within ${timeoutMs} ms: none listens, or it is stopped`,
		),
	);
	try {
		return await connectUntil(deadline.signal, duplex, retry);
	} finally {
		deadline[Symbol.dispose]();
	}
}

/** The options of a connection's reader. Throws TypeError and RangeError. */
export function checkConnectionReader({ messageMax, spinMicros }: ConnectOptions): NativeReaderOptions {
	return nativeReaderOptions({ messageMax, spinMicros });
}

interface ConnectRetry extends CheckedRetry {
	readonly reader: NativeReaderOptions;
}

async function connectUntil<ToServer, ToClient>(
	signal: AbortSignal,
	duplex: Duplex<ToServer, never, unknown, ToClient>,
	retry: ConnectRetry,
): Promise<DuplexConnection<ToServer, ToClient>> {
	for (let pauseMs = retry.pauseMs; ; pauseMs = Math.min(2 * pauseMs, retry.pauseMsMax)) {
		const connection = await findServer(signal, duplex, retry);
		if (await isLinked(connection, signal)) {
			connection.handOver();
			return connection;
		}
		await sleep(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
	}
}

/** Resolves with a connection whose lanes are not linked yet. */
function findServer<ToServer, ToClient>(
	signal: AbortSignal,
	duplex: Duplex<ToServer, never, unknown, ToClient>,
	retry: ConnectRetry,
): Promise<DuplexConnection<ToServer, ToClient>> {
	const { name, toServer, toClient } = duplex;
	return new Promise((resolve, reject) => {
		const onWake = (bits: number) => {
			if (!(bits & Wake.events)) return;
			for (const event of native.takeEvents()) {
				if (event.type === 'connect') take();
				else if (event.type === 'error') {
					fail(errorFrom(event.failure, name, event.peer && peerFrom(event.peer)));
				}
			}
		};
		const native = attempt(() => loadAddon().connect(nativeDuplexContract(duplex), retry, onWake), name);
		const finish = () => {
			native.leave();
			stop();
		};
		const fail = (reason: unknown) => {
			finish();
			reject(reason);
		};
		const stop = onAbort(signal, () => fail(signal.reason));
		const take = () => {
			try {
				const connection = DuplexConnection.take(native, toServer, toClient, retry.reader);
				if (connection === undefined) return;
				finish();
				resolve(connection);
			} catch (error) {
				fail(error);
			}
		};
	});
}

/** Resolves with false if the server has left before the lanes were linked: another server may answer. */
async function isLinked(connection: DuplexConnection<unknown, unknown>, signal: AbortSignal): Promise<boolean> {
	const stop = onAbort(signal, () => connection[Symbol.dispose]());
	try {
		await connection.whenLinked();
		return true;
	} catch (error) {
		connection[Symbol.dispose]();
		signal.throwIfAborted();
		if (peerLeft(error)) return false;
		throw error;
	} finally {
		stop();
	}
}
