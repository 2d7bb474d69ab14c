/** A worker with open leases, of which one is the input of a call that goes on in another thread, and of one only a part of the bytes is kept. */
import { parentPort, workerData } from 'node:worker_threads';
import { deflate } from 'node:zlib';
import { defineChannel, openReader } from 'ringwire';

const { name }: { name: string } = workerData;
const reader = openReader(defineChannel({ name, capacity: 1024 * 1024, depth: 64 }));
const leases = [await reader.lease(), await reader.lease(), await reader.lease(), await reader.lease()];
const view = leases[1]?.keep().bytes.subarray(100);
leases[2]?.bytes.fill(1);
for (let i = 0; i < 20; i++) deflate(leases[0]?.bytes ?? '', () => {});
parentPort?.postMessage(view?.length);
