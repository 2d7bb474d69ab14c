import { clearTimeout, setTimeout } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkSignal, onAbort, waitingKeys } from '../base/abort.js';
import { checkOptions, checkSpin, type KeysOf } from '../base/check.js';
import { attempt, errorFrom, RingwireError } from '../base/errors.js';
import { peerFrom } from '../base/peer.js';
import { type CheckedRetry, checkRetry, isForever, type RetryPolicy, retryKeys } from '../base/retry.js';
import { checkDuplex, type Duplex, nativeDuplexContract } from '../definition/duplex.js';
import { Wake } from '../native/boundary.js';
import { loadAddon } from '../native/load.js';
import { type Connection, DuplexConnection } from './connection.js';

export interface ConnectOptions extends RetryPolicy {
	/** How long the connection's reader polls before it sleeps: 0 to 1,000,000 microseconds, default 50. */
	readonly spinMicros?: number | undefined;
	/** Aborting it ends the attempt; it has no influence on the connection afterwards. */
	readonly signal?: AbortSignal | undefined;
}

export const connectKeys: KeysOf<ConnectOptions> = { ...retryKeys, ...waitingKeys, spinMicros: true };

/**
 * Connects to the server of the duplex channel. Waits for one that is not there yet, or that dies before the connection
 * is complete, and pauses between two looks for it as `RetryPolicy` says. Resolves when both lanes reach the other side;
 * what either writes from then on is there for the other one.
 *
 * Rejects with `signal.reason`; with TIMEOUT when no server has answered within `timeoutMs`; with MISMATCH when the server
 * defines the channel differently, or the name is in use by a one-way channel; with LIMIT when the server has as many
 * clients as it takes; with VERSION, ACCESS, UNSUPPORTED and SYSTEM; with TypeError and RangeError for its arguments.
 */
export async function connect<ToServer, ToClient>(
	duplex: Duplex<ToServer, never, unknown, ToClient>,
	options?: ConnectOptions,
): Promise<Connection<ToServer, ToClient>> {
	return connectTo(checkDuplex(duplex), checkOptions('options', options, connectKeys));
}

/** As `connect`, for a duplex that has been checked, and options whose names have been. */
export async function connectTo<ToServer, ToClient>(
	duplex: Duplex<ToServer, never, unknown, ToClient>,
	options: ConnectOptions,
): Promise<DuplexConnection<ToServer, ToClient>> {
	const retry = { ...checkRetry(options), spinMicros: checkSpin(options.spinMicros) };
	const signal = checkSignal('signal', options.signal);
	signal?.throwIfAborted();
	const giveUp = new AbortController();
	const stop = onAbort(signal, () => giveUp.abort(signal?.reason));
	const expire = () => giveUp.abort(timeout(duplex.name, retry.timeoutMs));
	const timer = isForever(retry.timeoutMs) ? undefined : setTimeout(expire, retry.timeoutMs);
	try {
		return await connectUntil(giveUp.signal, duplex, retry);
	} finally {
		clearTimeout(timer);
		stop();
	}
}

interface ConnectRetry extends CheckedRetry {
	readonly spinMicros: number;
}

async function connectUntil<ToServer, ToClient>(
	giveUp: AbortSignal,
	duplex: Duplex<ToServer, never, unknown, ToClient>,
	retry: ConnectRetry,
): Promise<DuplexConnection<ToServer, ToClient>> {
	for (let pauseMs = retry.pauseMs; ; pauseMs = Math.min(2 * pauseMs, retry.pauseMsMax)) {
		const connection = await findServer(giveUp, duplex, retry);
		if (await isLinked(connection, giveUp)) {
			connection.handOver();
			return connection;
		}
		await sleep(pauseMs, undefined, { signal: giveUp }).catch(() => giveUp.throwIfAborted());
	}
}

/** A connection whose lanes do not reach the server yet. */
function findServer<ToServer, ToClient>(
	giveUp: AbortSignal,
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
		const done = () => {
			native.leave();
			stop();
		};
		const fail = (reason: unknown) => {
			done();
			reject(reason);
		};
		const stop = onAbort(giveUp, () => fail(giveUp.reason));
		const take = () => {
			try {
				const connection = DuplexConnection.take(native, toServer, toClient, retry);
				if (connection === undefined) return;
				done();
				resolve(connection);
			} catch (error) {
				fail(error);
			}
		};
	});
}

/** False: the server went before it was, and perhaps there is another one. */
async function isLinked(connection: DuplexConnection<unknown, unknown>, giveUp: AbortSignal): Promise<boolean> {
	const stop = onAbort(giveUp, () => connection[Symbol.dispose]());
	try {
		await connection.whenLinked();
		return true;
	} catch (error) {
		connection[Symbol.dispose]();
		giveUp.throwIfAborted();
		if (error instanceof RingwireError && goesByItself(error)) return false;
		throw error;
	} finally {
		stop();
	}
}

function goesByItself({ code }: RingwireError): boolean {
	return code === 'ERR_RINGWIRE_PEER_DIED' || code === 'ERR_RINGWIRE_CLOSED';
}

function timeout(channel: string, timeoutMs: number): RingwireError {
	const what = `nobody listens on it: no server has answered within ${timeoutMs} ms`;
	return new RingwireError('ERR_RINGWIRE_TIMEOUT', `channel "${channel}": ${what}`, { channel });
}
