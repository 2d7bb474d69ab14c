import { checkSignal, onAbort } from '../base/abort.js';
import { checkInteger, checkLinger, checkOptions } from '../base/check.js';
import { Emitter, raiseLater } from '../base/emitter.js';
import { attempt, channelError, errorFrom, RingwireError, reasonOf } from '../base/errors.js';
import { describePeer, peerFrom } from '../base/peer.js';
import { describeValue } from '../codecs/describe-value.js';
import { checkDuplex, type Duplex, nativeDuplexContract } from '../definition/duplex.js';
import { type NativeDuplex, type NativeEvent, type NativeReaderOptions, Wake } from '../native/boundary.js';
import { loadAddon } from '../native/load.js';
import { nativeReaderOptions } from '../reader/reader.js';
import { DuplexConnection } from './connection.js';
import { ConnectionQueue } from './connection-queue.js';
import { peerLeft } from './peer-left.js';
import {
	type CloseOptions,
	type Connection,
	type ListenOptions,
	listenKeys,
	type Server,
	type ServerEvent,
	type ServerOptions,
} from './types.js';

const clientsMaxDefault = 1024;

/**
 * Listens for clients of the duplex channel, from the next turn of the event loop on. Throws EXISTS while another server
 * listens there, and MISMATCH while the name is in use by a one-way channel. The remains of a killed process are no obstacle.
 * Throws TypeError and RangeError for its arguments, `signal.reason` if the signal is aborted already, and ACCESS, LIMIT,
 * UNSUPPORTED and SYSTEM.
 *
 *     const server = listen(chat, {
 *       async onConnection({ reader, writer }) {
 *         for await (const line of reader) await writer.write(answer(line));
 *       },
 *     });
 */
export function listen<ToServer, ToClient>(
	duplex: Duplex<never, ToClient, ToServer, unknown>,
	options?: ListenOptions<NoInfer<ToServer>, NoInfer<ToClient>>,
): Server<ToServer, ToClient> {
	const { onConnection, ...rest } = checkOptions('options', options, listenKeys);
	if (onConnection !== undefined && typeof onConnection !== 'function') {
		throw new TypeError(`onConnection: got ${describeValue(onConnection)}, must be a function`);
	}
	return new DuplexServer(checkDuplex(duplex), rest, onConnection);
}

type ConnectionHandler<Out, In> = (connection: DuplexConnection<Out, In>) => unknown;

export class DuplexServer<ToServer, ToClient>
	extends Emitter<ServerEvent<ToServer, ToClient>>
	implements Server<ToServer, ToClient>
{
	readonly name: string;
	readonly #duplex: Duplex<never, ToClient, ToServer, unknown>;
	readonly #readerOptions: NativeReaderOptions;
	readonly #handler: ConnectionHandler<ToClient, ToServer> | undefined;
	readonly #native: NativeDuplex;
	/** The connections that count against `clientsMax`. */
	readonly #counted = new Set<DuplexConnection<ToClient, ToServer>>();
	readonly #queue = new ConnectionQueue<DuplexConnection<ToClient, ToServer>>((connection) =>
		this.#returned(connection),
	);
	readonly #stopListening: () => void;
	/** Resolves when the server and its connections are closed. */
	readonly #whenClosed: Promise<void>;
	#settleClosed = () => {};
	/** `closing`: it does not listen any more, and its connections are closing. */
	#state: 'listening' | 'closing' | 'closed' = 'listening';
	#list: readonly DuplexConnection<ToClient, ToServer>[] = Object.freeze([]);

	constructor(
		duplex: Duplex<never, ToClient, ToServer, unknown>,
		options: ServerOptions,
		handler?: ConnectionHandler<ToClient, ToServer>,
	) {
		super(['connection', 'error', 'close']);
		const { clientsMax = clientsMaxDefault, messageMax, spinMicros, signal } = options;
		checkInteger('clientsMax', clientsMax, { min: 1, max: 65_536, unit: 'clients' });
		this.#readerOptions = nativeReaderOptions({ messageMax, spinMicros });
		checkSignal('signal', signal)?.throwIfAborted();
		this.name = duplex.name;
		this.#duplex = duplex;
		this.#handler = handler;
		this.#whenClosed = new Promise((resolve) => {
			this.#settleClosed = resolve;
		});
		const onWake = (bits: number) => {
			if (bits & Wake.events) for (const event of this.#native.takeEvents()) this.#dispatch(event);
		};
		this.#native = attempt(() => loadAddon().listen(nativeDuplexContract(duplex), clientsMax, onWake), duplex.name);
		this.#stopListening = onAbort(signal, () => this[Symbol.dispose]());
	}

	get closed(): boolean {
		return this.#state !== 'listening';
	}

	get connections(): readonly Connection<ToClient, ToServer>[] {
		return this.#list;
	}

	whenClosed(): Promise<void> {
		return this.#whenClosed;
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
		this.#leave((connection) => connection.shutdown());
	}

	close(options?: CloseOptions): Promise<void> {
		if (this.closed) return this.#whenClosed;
		try {
			checkLinger(options);
		} catch (error) {
			return Promise.reject(error);
		}
		this.#leave((connection) => connection.close(options));
		return this.#whenClosed;
	}

	[Symbol.dispose](): void {
		this.#leave(() => {});
		for (const connection of this.#counted) connection[Symbol.dispose]();
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.close();
	}

	#dispatch(event: NativeEvent): void {
		if (this.closed) return;
		if (event.type === 'connect') void this.#accept();
		else if (event.type === 'error') {
			this.#report(errorFrom(event.failure, this.name, event.peer && peerFrom(event.peer)));
		} else if (event.type === 'shutdown') this.shutdown();
	}

	async #accept(): Promise<void> {
		const connection = this.#take();
		if (connection === undefined) return;
		this.#counted.add(connection);
		const linked = await this.#isLinked(connection);
		if (linked && !this.closed) this.#introduce(connection);
		else {
			connection[Symbol.dispose]();
			this.#uncount(connection);
		}
	}

	#take(): DuplexConnection<ToClient, ToServer> | undefined {
		const { toServer, toClient } = this.#duplex;
		try {
			return DuplexConnection.take(this.#native, toClient, toServer, this.#readerOptions);
		} catch (error) {
			this.#native.connectionOver();
			this.#failed(error);
			return undefined;
		}
	}

	async #isLinked(connection: DuplexConnection<ToClient, ToServer>): Promise<boolean> {
		try {
			await connection.whenLinked();
			return true;
		} catch (error) {
			if (!peerLeft(error)) this.#failed(error);
			return false;
		}
	}

	#introduce(connection: DuplexConnection<ToClient, ToServer>): void {
		if (!connection.closed) this.#list = Object.freeze([...this.#list, connection]);
		connection.onceClosed(() => {
			this.#list = Object.freeze(this.#list.filter((other) => other !== connection));
		});
		const hasListener = this.emitEvent({ type: 'connection', connection });
		if (this.#handler !== undefined) void this.#handle(this.#handler, connection);
		const shared = hasListener || this.#handler !== undefined;
		this.#queue.add(connection, shared);
		if (shared) connection.handOver();
		// It may be closed already: the queue must have it before.
		connection.onceClosed(() => {
			if (!this.#queue.keepsClosed(connection)) this.#uncount(connection);
		});
	}

	/** An iterator has returned the connection. */
	#returned(connection: DuplexConnection<ToClient, ToServer>): void {
		connection.handOver();
		if (connection.closed) this.#uncount(connection);
	}

	async #handle(
		handler: ConnectionHandler<ToClient, ToServer>,
		connection: DuplexConnection<ToClient, ToServer>,
	): Promise<void> {
		try {
			await handler(connection);
		} catch (cause) {
			const { peer } = connection;
			void connection.close();
			// A handler whose connection closes with the server fails for no other reason.
			if (this.closed && peerLeft(cause)) return;
			const what = `onConnection failed for ${describePeer(peer)}: ${reasonOf(cause)}`;
			this.#report(channelError('ERR_RINGWIRE_HANDLER', this.name, what, { cause, peer }));
		}
	}

	/** Another client may take the place of this connection. */
	#uncount(connection: DuplexConnection<ToClient, ToServer>): void {
		if (this.#counted.delete(connection)) this.#native.connectionOver();
	}

	/** Stops listening. `end` closes a connection; the server is closed when all that it returns has resolved. */
	#leave(end: (connection: DuplexConnection<ToClient, ToServer>) => unknown): void {
		if (this.closed) return;
		this.#state = 'closing';
		this.#stopListening();
		this.#native.leave();
		const ended = [...this.#counted].map(end);
		for (const connection of this.#queue.close()) connection[Symbol.dispose]();
		void Promise.all(ended).then(() => this.#hasClosed());
	}

	#hasClosed(): void {
		this.#settleClosed();
		process.nextTick(() => {
			this.#state = 'closed';
			this.emitEvent({ type: 'close' });
		});
	}

	/** A client could not be taken in. An exception that is not ours is a bug and becomes an uncaught one. */
	#failed(error: unknown): void {
		if (error instanceof RingwireError) this.#report(error);
		else raiseLater(error);
	}

	/** `close` is the last event: an error after it becomes a process warning. */
	#report(error: RingwireError): void {
		if (this.#state === 'closed') this.warn(error);
		else this.emitEvent({ type: 'error', error });
	}
}
