/** Round trips over two channels of ringwire: on the event loop, and blocking. */
import { openReader, openWriter, type Reader, type Writer } from 'ringwire';
import { Pool } from '../measure/payload.js';
import { channelOf } from './ringwire-channel.js';
import type { Contestant, Spec } from './types.js';

interface Ends {
	readonly writer: Writer<Uint8Array>;
	readonly reader: Reader<Uint8Array>;
}

const there = (spec: Spec) => channelOf(spec, `${spec.name}-there`);
const back = (spec: Spec) => channelOf(spec, `${spec.name}-back`);

function echoEnds(spec: Spec): Ends {
	return { writer: openWriter(back(spec)), reader: openReader(there(spec)) };
}

async function callerEnds(spec: Spec): Promise<Ends> {
	const ends = { writer: openWriter(there(spec)), reader: openReader(back(spec)) };
	await Promise.all([ends.writer.whenConnected(), ends.reader.whenConnected()]);
	return ends;
}

async function echoForEver({ writer, reader }: Ends): Promise<void> {
	for (let message = await reader.read(); message !== undefined; message = await reader.read()) {
		if (!writer.tryWrite(message)) await writer.write(message);
	}
}

export const ringwireCalls: readonly Contestant[] = [
	{
		name: 'event loop',
		async echo(spec) {
			void echoForEver(echoEnds(spec));
			return {};
		},
		async call(spec) {
			const { writer, reader } = await callerEnds(spec);
			const pool = new Pool(spec.size);
			let number = 0;
			return {
				async call() {
					writer.tryWrite(pool.take(number++));
					await reader.read();
				},
			};
		},
	},
	{
		name: 'blocking calls',
		async echo(spec) {
			const { writer, reader } = echoEnds(spec);
			return {
				serve(count) {
					for (let done = 0; done < count; done++) writer.writeSync(reader.readSync() ?? new Uint8Array());
				},
			};
		},
		async call(spec) {
			const { writer, reader } = await callerEnds(spec);
			const pool = new Pool(spec.size);
			let number = 0;
			return {
				callSync() {
					writer.writeSync(pool.take(number++));
					reader.readSync();
				},
			};
		},
	},
];
