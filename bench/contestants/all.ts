import { ringwireContestants } from './ringwire.js';
import type { Contestant } from './types.js';
import { unixSocket } from './unix-socket.js';

/** Everybody who takes part, rivals last. */
export const contestants: readonly Contestant[] = [...ringwireContestants, unixSocket];
