import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type CloseMessage, defineChannel, type EventMessage, json, type OpenMessage, utf8 } from 'ringwire';
import { createWriteStream } from 'ringwire/streams';
import { describe, expect, it, onTestFinished } from 'vitest';
import { publishClose, publishEvent, publishOpen } from '../src/endpoint/diagnostics.js';
import { numbers, readerOf, turns, writerOf } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { captureUncaught } from './support/uncaught.js';
import { uniqueName } from './support/unique-name.js';
import { until } from './support/until.js';

useTemporaryFolder();

function hear<M>(name: 'open' | 'close' | 'event', listener: (message: M) => void): void {
	const tell = (message: unknown) => listener(message as M);
	subscribe(`ringwire:${name}`, tell);
	onTestFinished(() => void unsubscribe(`ringwire:${name}`, tell));
}

/** All that is published from now to the end of the test, as text. */
function record(): string[] {
	const seen: string[] = [];
	hear<OpenMessage>('open', ({ role }) => seen.push(`${role} open`));
	hear<EventMessage>('event', ({ role, event }) => seen.push(`${role} ${event.type}`));
	hear<CloseMessage>('close', ({ role, stats }) => seen.push(`${role} close ${stats.messages}`));
	return seen;
}

describe('node:diagnostics_channel', () => {
	it('publishes each opening, each event with or without a listener, and each closing with the final counters', async () => {
		const seen = record();
		const channel = numbers();
		const reader = readerOf(channel);
		const writer = writerOf(channel);
		await Promise.all([reader.whenConnected(), writer.whenConnected()]);
		await writer.write(1);
		await writer.write(2);
		writer.end();
		for await (const _ of reader);
		await until(() => writer.peers.length === 0);
		await writer.close();
		await turns();
		const of = (role: string) => seen.filter((text) => text.startsWith(role)).map((text) => text.slice(7));
		expect(of('reader')).toEqual(['open', 'connect', 'close 2', 'end', 'close']);
		expect(of('writer')).toEqual(['open', 'connect', 'disconnect', 'close 2', 'close']);
	});

	it('the messages carry the name, the role and the handle itself', async () => {
		const messages: OpenMessage[] = [];
		hear<OpenMessage>('open', (message) => messages.push(message));
		hear<EventMessage>('event', (message) => messages.push(message));
		hear<CloseMessage>('close', (message) => messages.push(message));
		const channel = numbers();
		const writer = writerOf(channel);
		writer.shutdown();
		expect(messages).toEqual([
			{ name: channel.name, role: 'writer', handle: writer },
			{ name: channel.name, role: 'writer', handle: writer, stats: writer.stats },
		]);
		expect(messages.every(({ handle }) => handle === writer)).toBe(true);
	});

	it('publishes a refused link, also if the refusal has rejected a call that waits for a peer', async () => {
		const told: unknown[] = [];
		hear<EventMessage>('event', ({ role, event }) => {
			if (event.type === 'error') told.push([role, event.error.code]);
		});
		const name = uniqueName();
		const reader = readerOf(defineChannel({ name, codec: json<string>() }));
		const writer = createWriteStream(defineChannel({ name, codec: utf8() }));
		const destroyed = new Promise((resolve) => writer.once('error', resolve));
		const mismatch = { code: 'ERR_RINGWIRE_MISMATCH' };
		await expect(reader.whenConnected()).rejects.toMatchObject(mismatch);
		expect(await destroyed).toMatchObject(mismatch);
		expect(told.sort()).toEqual([
			['reader', mismatch.code],
			['writer', mismatch.code],
		]);
	});

	it('a subscriber gets an event before the listeners of the handle', async () => {
		const order: string[] = [];
		hear<EventMessage>('event', ({ event }) => order.push(`subscriber ${event.type}`));
		const channel = numbers();
		const reader = readerOf(channel);
		reader.on('connect', () => order.push('listener connect'));
		writerOf(channel);
		await reader.whenConnected();
		expect(order.slice(-2)).toEqual(['subscriber connect', 'listener connect']);
	});

	it('a subscriber that throws hurts neither the handle nor its listeners', async () => {
		const uncaught = captureUncaught();
		const mistake = new Error('the subscriber made a mistake');
		hear('event', () => {
			throw mistake;
		});
		const channel = numbers();
		const writer = writerOf(channel);
		const reader = readerOf(channel);
		writer.tryWrite(1);
		expect(await reader.read()).toBe(1);
		await until(() => uncaught.length > 0);
		expect(uncaught[0]).toBe(mistake);
	});

	it('without a subscriber nothing is made, nor is the handle looked at', () => {
		const untouchable = new Proxy(writerOf(numbers()), {
			get() {
				throw new Error('looked at');
			},
		});
		expect(() => {
			publishOpen(untouchable, 'writer');
			publishEvent(untouchable, 'writer', { type: 'end' });
			publishClose(untouchable, 'writer');
		}).not.toThrow();
		record();
		expect(() => publishOpen(untouchable, 'writer')).toThrow('looked at');
	});
});
