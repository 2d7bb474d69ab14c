/** Takes one message by the face of its argument, leaves, and must be able to exit by itself. */
import { defineChannel, json, openReader, openWriter } from 'ringwire';
import { iterableFrom } from 'ringwire/iterables';
import { channelEvents, fromChannel, pullMap, writeTo } from 'ringwire/observables';
import { createReadStream, createWebReadable, createWriteStream } from 'ringwire/streams';
import { concat, NEVER, of, take } from 'rxjs';

const [face, name]: [string, string] = JSON.parse(process.argv[2] ?? '');
const channel = defineChannel({ name, codec: json<number>() });

function said(): void {
	process.send?.({ type: 'left' });
	process.disconnect?.();
}

const faces: Record<string, () => void | Promise<void>> = {
	async Observable() {
		await fromChannel(channel)
			.pipe(take(1))
			.forEach(() => {});
	},
	async pullMap() {
		await fromChannel(channel)
			.pipe(
				pullMap((message) => of(message)),
				take(1),
			)
			.forEach(() => {});
	},
	async writeTo() {
		const subscription = concat(of(1), NEVER).pipe(writeTo(channel)).subscribe();
		await new Promise(setImmediate);
		subscription.unsubscribe();
	},
	async Readable() {
		for await (const _ of createReadStream(channel)) break;
	},
	async ReadableStream() {
		for await (const _ of createWebReadable(channel)) break;
	},
	async Writable() {
		const writable = createWriteStream(channel);
		writable.write(1);
		await new Promise(setImmediate);
		writable.destroy();
	},
	async ix() {
		for await (const _ of iterableFrom(channel)) break;
	},
	/** An event subscription alone holds nothing: the handle does, until `unref`. */
	channelEvents() {
		channelEvents(openReader(channel).unref()).subscribe();
		channelEvents(openWriter(channel).unref()).subscribe();
	},
};

await faces[face]?.();
said();
