/** The names of the options that several calls take; those of one call stand beside it. */
import type { KeysOf } from './check.js';
import type { RetryPolicy } from './retry.js';
import type { OpenReaderOptions, ReaderOptions, Waiting, WriterOptions } from './types.js';

export const waitingKeys: KeysOf<Waiting> = { signal: true };

export const retryKeys: KeysOf<RetryPolicy> = { spinMicros: true, pauseMs: true, pauseMsMax: true, timeoutMs: true };

export const writerKeys: KeysOf<WriterOptions> = { capacity: true, depth: true, messageMax: true, signal: true };

export const readerKeys: KeysOf<ReaderOptions> = {
	from: true,
	lossy: true,
	order: true,
	onPeerDeath: true,
	spinMicros: true,
	signal: true,
};

export const openReaderKeys: KeysOf<OpenReaderOptions> = { ...readerKeys, reuseMemory: true };
