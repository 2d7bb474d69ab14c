import { processSend } from './process-send.js';
import { ringwireFaces } from './ringwire.js';
import { ringwireCalls } from './ringwire-calls.js';
import { ringwireLeases } from './ringwire-leases.js';
import { ringwireStreams } from './ringwire-streams.js';
import { sharedMemoryDisruptor } from './shared-memory-disruptor.js';
import { stdioPipe } from './stdio-pipe.js';
import { broadcastChannel, messagePort } from './threads.js';
import type { Contestant } from './types.js';
import { unixSockets } from './unix-socket.js';
import { unixSocketLines } from './unix-socket-lines.js';
import { zeromq } from './zeromq.js';
import { typedZeromqs } from './zeromq-typed.js';

/** All contestants, rivals last. */
export const contestants: readonly Contestant[] = [
	...ringwireFaces,
	...ringwireLeases,
	...ringwireStreams,
	...ringwireCalls,
	...unixSockets,
	unixSocketLines,
	stdioPipe,
	...processSend,
	messagePort,
	broadcastChannel,
	zeromq,
	...typedZeromqs,
	sharedMemoryDisruptor,
];

export function contestantNamed(name: string): Contestant {
	const found = contestants.find((one) => one.name === name);
	if (found === undefined) throw new Error(`no contestant "${name}"`);
	return found;
}
