/** An environment that ends in a given state of its sources. */
import { parentPort, workerData } from 'node:worker_threads';
import { attach, openLoop } from './kit.js';

const { loopName, state, end }: { loopName: string; state: string; end: 'exit' | 'terminate' } = workerData;
const loop = openLoop(loopName);
const keepRunning = setInterval(() => {}, 3_600_000);

/** `terminate`: the parent terminates this environment at any time after the message. */
function finish(): void {
	parentPort?.postMessage('ready');
	if (end === 'exit') process.exit(0);
}

if (state === 'called') {
	const bell = attach(loop, () => {
		if (bell.take() === 1) finish();
		bell.ring();
	});
	bell.ring();
} else {
	const bells = state === 'none' ? [] : [0, 1, 2].map(() => attach(loop, () => {}));
	for (const bell of bells) {
		if (state === 'ready') bell.ring();
		if (state === 'rung') bell.ringFromThread(1_000_000);
		if (state === 'unreferenced') bell.keepAlive(false);
		if (state === 'turning' && loop.hasTurns) bell.callEachTurn(true);
	}
	if (state === 'none') clearInterval(keepRunning);
	finish();
}
