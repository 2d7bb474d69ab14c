/** One side of a trial, in a process of its own: `peer.js receive|send NAME TRIAL-AS-JSON`. */
import { contestants } from './contestants/all.js';
import type { Trial } from './contestants/types.js';
import { ThroughputMeter } from './meter.js';

export type PeerMessage = { type: 'ready' } | { type: 'result'; seconds: number; checksum: number; complete: boolean };

const [side, name, json] = process.argv.slice(2);
const contestant = contestants.find((one) => one.name === name);
if (contestant === undefined || json === undefined) throw new Error(`no contestant "${name}"`);
const trial: Trial = JSON.parse(json);

if (side === 'send') {
	await contestant.send(trial);
} else {
	const meter = new ThroughputMeter(trial, () => tell({ type: 'ready' }));
	await contestant.receive(trial, meter);
	tell({ type: 'result', seconds: meter.seconds, checksum: meter.checksum, complete: meter.done });
}
process.disconnect?.();

function tell(message: PeerMessage): void {
	process.send?.(message);
}
