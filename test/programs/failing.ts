// Throws an uncaught exception in the place of its argument, for tests. See test/uncaught-exceptions.test.ts.
import { subscribe } from 'node:diagnostics_channel';
import { connect, defineChannel, defineDuplex, json, listen, openReader, openWriter, type Reader } from 'ringwire';
import { fromChannel } from 'ringwire/observables';
import { createReadStream } from 'ringwire/streams';

const [place = '', name = ''] = process.argv.slice(2);
const lane = { codec: json<number>(), capacity: 64 * 1024, depth: 2 };
const channel = defineChannel({ name, ...lane });
const fail = (): never => {
	throw new Error('of the user');
};

/** A reader without references may be collected, and then it leaves as if it was closed. */
function keep(reader: Reader<number>): void {
	process.on('exit', () => reader);
}

const places: Record<string, () => unknown> = {
	'a listener of a reader': () => openReader(channel).on('connect', fail),
	'a listener of a writer': () => openWriter(channel).on('connect', fail),
	'a subscriber': () => fromChannel(channel).subscribe(fail),
	'a data listener of a stream': () => createReadStream(channel).on('data', fail),
	'a loop': async () => {
		for await (const _ of openReader(channel)) fail();
	},
	'what follows a read': () => openReader(channel).read().then(fail),
	'a watcher': () => {
		subscribe('ringwire:event', fail);
		keep(openReader(channel));
	},
	'a connection listener': async () => {
		const duplex = defineDuplex({ name: `${name}-duplex`, toServer: lane, toClient: lane });
		keep(openReader(channel));
		listen(duplex).on('connection', fail);
		await connect(duplex);
	},
};

void places[place]?.();
