import { bytes, defineChannel, f64, struct, u32 } from 'ringwire';

export const frameBytes = 1920 * 1080 * 4;
export const framesPerSecond = 60;

/** The beginning of each frame, in place of its first pixels. */
export const header = struct({ sentMs: f64, number: u32 });

/** Every frame. The camera waits for its readers. */
export const everyFrame = defineChannel({ name: 'example-video-every', codec: bytes() });
/** The newest frame. The camera does not wait. */
export const newestFrame = defineChannel({ name: 'example-video-newest', codec: bytes(), overflow: 'latest' });

/** One of each kind. */
export const viewers = ['every', 'newest', 'slow'] as const;
export type Viewer = (typeof viewers)[number];
/** The work of the slow viewer for one frame. */
export const slowMs = 100;

/** Fills a frame, as a camera does. */
export function expose(frame: Buffer, number: number): void {
	frame.fill(number);
	Object.assign(header.view(frame), { sentMs: now(), number });
}

/** The same clock in all processes. */
export function now(): number {
	return Number(process.hrtime.bigint()) / 1e6;
}
