import { checkSignal, onAbort } from '../base/abort.js';
import { checkInteger, checkLinger, checkOptions, checkSpin, type KeysOf } from '../base/check.js';
import { Emitter, type TypedEmitter } from '../base/emitter.js';
import { attempt, errorFrom, RingwireError } from '../base/errors.js';
import { peerFrom } from '../base/peer.js';
import { checkDuplex, type Duplex, nativeDuplexContract } from '../definition/duplex.js';
import { type NativeDuplex, type NativeEvent, Wake } from '../native/boundary.js';
import { loadAddon } from '../native/load.js';
import type { ReaderOptions } from '../reader/types.js';
import { type Connection, DuplexConnection } from './connection.js';
import { ConnectionQueue } from './connection-queue.js';

const clientsMaxDefault = 1024;

/**
 * What happens at a server. `connection`: a client is there, both lanes reach it. `error`: a client was refused
 * (MISMATCH, VERSION, ACCESS, LIMIT) or could not be taken in; the server goes on, and a warning tells it where nobody
 * listens.
 */
export type ServerEvent<ToServer, ToClient> =
	| { readonly type: 'connection'; readonly connection: Connection<ToClient, ToServer> }
	| { readonly type: 'error'; readonly error: RingwireError }
	/** The server has been closed, and its connections with it. The last event. */
	| { readonly type: 'close' };

export type ServerEventType = ServerEvent<never, never>['type'];

export interface ServerOptions extends Pick<ReaderOptions, 'spinMicros'> {
	/**
	 * How many clients there may be at a time, 1 to 65,536, default 1024; `connect` of one more rejects with LIMIT. A
	 * connection counts until it is closed and has been taken: by a listener to `connection` or by an iterator.
	 */
	readonly clientsMax?: number | undefined;
	/** Aborting it closes the server and its connections at once. */
	readonly signal?: AbortSignal | undefined;
}

export const serverKeys: KeysOf<ServerOptions> = { clientsMax: true, spinMicros: true, signal: true };

/**
 * Who listens on a duplex channel, and the connections to its clients. It keeps the process alive and goes on until it is
 * closed. Iterating gives every connection that no listener to `connection` has been given; with both, both get them.
 * Leaving the loop leaves the server open.
 */
export interface Server<ToServer, ToClient>
	extends TypedEmitter<ServerEvent<ToServer, ToClient>>,
		AsyncIterable<Connection<ToClient, ToServer>> {
	readonly name: string;
	readonly closed: boolean;
	/** The connections that are open now, in order of arrival; the same frozen array until one comes or goes. */
	readonly connections: readonly Connection<ToClient, ToServer>[];
	/** Keeps the process alive while it listens; this is how a server starts. Its connections have their own. */
	ref(): this;
	/** Lets the process exit even while this listens. */
	unref(): this;
	/** Stops listening and shuts every connection down. */
	shutdown(): void;
	/**
	 * Stops listening at once, so that another server may, and closes every connection as `Connection.close` does.
	 * Iterators finish. Idempotent: the first call counts.
	 */
	close(options?: { readonly lingerMs?: number | undefined }): Promise<void>;
	/** Stops listening and leaves every connection at once. */
	[Symbol.dispose](): void;
	/** As `close()`. */
	[Symbol.asyncDispose](): Promise<void>;
}

/**
 * Listens for clients of the duplex channel, from the next turn of the event loop on. Throws EXISTS while another server
 * listens there, and MISMATCH while the name is in use by a one-way channel; what a killed process left is no hindrance.
 * Throws TypeError and RangeError for its arguments, `signal.reason` when that is aborted already, and ACCESS, LIMIT,
 * UNSUPPORTED and SYSTEM.
 */
export function listen<ToServer, ToClient>(
	duplex: Duplex<never, ToClient, ToServer, unknown>,
	options?: ServerOptions,
): Server<ToServer, ToClient> {
	return new DuplexServer(checkDuplex(duplex), checkOptions('options', options, serverKeys));
}

export class DuplexServer<ToServer, ToClient>
	extends Emitter<ServerEvent<ToServer, ToClient>>
	implements Server<ToServer, ToClient>
{
	readonly name: string;
	readonly #duplex: Duplex<never, ToClient, ToServer, unknown>;
	readonly #options: ServerOptions;
	readonly #native: NativeDuplex;
	readonly #all = new Set<DuplexConnection<ToClient, ToServer>>();
	readonly #queue = new ConnectionQueue<DuplexConnection<ToClient, ToServer>>((connection) =>
		this.#taken(connection),
	);
	readonly #stopListening: () => void;
	#taker: ((connection: DuplexConnection<ToClient, ToServer>) => void) | undefined;
	#list: readonly DuplexConnection<ToClient, ToServer>[] = Object.freeze([]);
	#closing: Promise<void> | undefined;

	constructor(duplex: Duplex<never, ToClient, ToServer, unknown>, options: ServerOptions) {
		super(['connection', 'error', 'close']);
		const { clientsMax = clientsMaxDefault, signal } = options;
		checkInteger('clientsMax', clientsMax, { min: 1, max: 65_536, unit: 'clients' });
		checkSpin(options.spinMicros);
		checkSignal('signal', signal)?.throwIfAborted();
		this.name = duplex.name;
		this.#duplex = duplex;
		this.#options = options;
		const onWake = (bits: number) => {
			if (bits & Wake.events) for (const event of this.#native.takeEvents()) this.#handle(event);
		};
		this.#native = attempt(() => loadAddon().listen(nativeDuplexContract(duplex), clientsMax, onWake), duplex.name);
		this.#stopListening = onAbort(signal, () => this[Symbol.dispose]());
	}

	get closed(): boolean {
		return this.#closing !== undefined;
	}

	get connections(): readonly Connection<ToClient, ToServer>[] {
		return this.#list;
	}

	ref(): this {
		if (!this.closed) this.#native.ref();
		return this;
	}

	unref(): this {
		if (!this.closed) this.#native.unref();
		return this;
	}

	[Symbol.asyncIterator](): AsyncIterableIterator<Connection<ToClient, ToServer>, undefined> {
		return this.#queue.iterate();
	}

	shutdown(): void {
		if (this.closed) return;
		this.#leave();
		this.#closing = Promise.resolve();
		for (const connection of this.#all) connection.shutdown();
		this.#finish();
	}

	close(options?: { readonly lingerMs?: number | undefined }): Promise<void> {
		if (this.#closing !== undefined) return this.#closing;
		try {
			checkLinger(options);
		} catch (error) {
			return Promise.reject(error);
		}
		this.#leave();
		this.#closing = Promise.all([...this.#all].map((connection) => connection.close(options))).then(() => {});
		this.#finish();
		return this.#closing;
	}

	[Symbol.dispose](): void {
		if (this.#closing === undefined) {
			this.#leave();
			this.#closing = Promise.resolve();
			this.#finish();
		}
		for (const connection of this.#all) connection[Symbol.dispose]();
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.close();
	}

	/** For who builds on it: `taker` is given every connection. */
	onConnection(taker: (connection: DuplexConnection<ToClient, ToServer>) => void): void {
		this.#taker = taker;
	}

	#handle(event: NativeEvent): void {
		if (this.closed) return;
		if (event.type === 'connect') void this.#take();
		else if (event.type === 'error') {
			this.#report(errorFrom(event.failure, this.name, event.peer && peerFrom(event.peer)));
		} else if (event.type === 'shutdown') this.shutdown();
	}

	async #take(): Promise<void> {
		const { toServer, toClient } = this.#duplex;
		let connection: DuplexConnection<ToClient, ToServer> | undefined;
		try {
			connection = DuplexConnection.take(this.#native, toClient, toServer, this.#options);
		} catch (error) {
			this.#native.connectionOver();
			if (error instanceof RingwireError) this.#report(error);
			return;
		}
		if (connection === undefined) return;
		this.#all.add(connection);
		const linked = await connection.whenLinked().then(
			() => true,
			() => false,
		);
		if (!linked || this.closed) {
			connection[Symbol.dispose]();
			this.#drop(connection);
		} else this.#introduce(connection);
	}

	#introduce(connection: DuplexConnection<ToClient, ToServer>): void {
		if (!connection.closed) this.#list = Object.freeze([...this.#list, connection]);
		connection.whenOver(() => this.#unlist(connection));
		const heard = this.emit({ type: 'connection', connection }) || this.#taker !== undefined;
		this.#taker?.(connection);
		this.#queue.add(connection, heard);
		if (heard) connection.handOver();
		// Not before it is in the queue: it may be over already, and what waits there still counts.
		connection.whenOver(() => {
			if (!this.#queue.has(connection)) this.#drop(connection);
		});
	}

	#unlist(connection: DuplexConnection<ToClient, ToServer>): void {
		this.#list = Object.freeze(this.#list.filter((other) => other !== connection));
	}

	#taken(connection: DuplexConnection<ToClient, ToServer>): void {
		connection.handOver();
		if (connection.closed) this.#drop(connection);
	}

	/** It is over, and nobody has to be given it any more: another client may come. */
	#drop(connection: DuplexConnection<ToClient, ToServer>): void {
		if (this.#all.delete(connection)) this.#native.connectionOver();
	}

	#leave(): void {
		this.#stopListening();
		this.#native.leave();
	}

	#finish(): void {
		for (const connection of this.#queue.close()) connection[Symbol.dispose]();
	}

	#report(error: RingwireError): void {
		this.emit({ type: 'error', error });
	}
}
