/** The worker thread of a process of the soak. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Order } from './protocol.js';
import { Stage } from './stage.js';

const port = parentPort;
if (port === null) throw new Error('not a worker thread');
const stage = new Stage(workerData, (answer) => {
	port.postMessage(answer);
	if (answer.type === 'closed') port.unref();
});
port.on('message', (order: Order) => stage.obey(order));
