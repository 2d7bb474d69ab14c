// Throws an uncaught exception in the place of its argument, for tests. See test/uncaught-exceptions.test.ts.
import { subscribe } from 'node:diagnostics_channel';
import { connect, defineChannel, defineDuplex, json, listen, openReader, openWriter } from 'ringwire';
import { fromChannel } from 'ringwire/observables';
import { createReadStream } from 'ringwire/streams';

const [place = '', name = ''] = process.argv.slice(2);
const lane = { codec: json<number>(), capacity: 64 * 1024, depth: 2 };
const channel = defineChannel({ name, ...lane });
const fail = (): never => {
	throw new Error('of the user');
};

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
		void openReader(channel).read(); // a reader without references may be collected before it connects
	},
	'a connection listener': async () => {
		const duplex = defineDuplex({ name: `${name}-duplex`, toServer: lane, toClient: lane });
		openReader(channel);
		listen(duplex).on('connection', fail);
		await connect(duplex);
	},
};

void places[place]?.();
