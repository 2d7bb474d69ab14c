/** The addon of lib-native/test/binding: wait sets on a loop of the binding. */
import { fileURLToPath } from 'node:url';

export interface Bell {
	/** As a peer does. False: the link is full. */
	ring(): boolean;
	/** From another thread, so many times. */
	ringFromThread(count: number): void;
	setAlarm(milliseconds: number): void;
	/** The number of rings and alarms since the last call. The set is not ready then. */
	take(): number;
	/** Blocks the thread until the set is ready. The loop must be suspended. */
	block(): boolean;
	callEachTurn(wanted: boolean): void;
	keepAlive(wanted: boolean): void;
	/** Idempotent. */
	detach(): void;
}

export interface Loop {
	readonly hasTurns: boolean;
	attach(onReady: () => void, onTurn: () => void): Bell | undefined;
	suspend(): void;
	resume(): void;
	/** In all environments of the process. */
	attachedSources(): number;
}

/** This program is compiled to build/programs/test/programs/event-loop. */
const root = new URL('../../../../../', import.meta.url);

/** The loops that are checked: that of the addon, and the second one of lib-native/test/binding. */
export const loopNames = ['addon', 'thread'] as const;

/** The loop of this environment. Called once. */
export function openLoop(name: string): Loop {
	const addon = { exports: {} as { open(name: string): Loop | undefined } };
	process.dlopen(addon, fileURLToPath(new URL('lib-native/test/binding/build/Release/event_loop_kit.node', root)));
	const loop = addon.exports.open(name);
	if (loop === undefined) throw new Error(`the environment has no loop ${name}`);
	return loop;
}

/** A bell whose calls the caller counts. It takes rings only in `onReady`. */
export function attach(loop: Loop, onReady: (bell: Bell) => void, onTurn: (bell: Bell) => void = () => {}): Bell {
	const bell = loop.attach(
		() => onReady(bell as Bell),
		() => onTurn(bell as Bell),
	);
	if (bell === undefined) throw new Error('the loop cannot watch one more wait set');
	return bell;
}
