import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Trial } from './contestants/types.js';
import type { PeerMessage } from './peer.js';

const peer = fileURLToPath(new URL('./peer.js', import.meta.url));
const patienceMs = 120_000;

/** Seconds from the first to the last message of one run, in two fresh processes. Throws with what went wrong. */
export async function runTrial(contestant: string, trial: Trial): Promise<number> {
	const receiver = start('receive', contestant, trial);
	let sender: ChildProcess | undefined;
	const timer = setTimeout(() => {
		receiver.kill('SIGKILL');
		sender?.kill('SIGKILL');
	}, patienceMs);
	try {
		return await new Promise<number>((resolve, reject) => {
			receiver.on('message', (message: PeerMessage) => {
				if (message.type === 'ready') {
					sender = start('send', contestant, trial);
					sender.on('exit', (code) => {
						if (code !== 0) reject(new Error(`the sender ended with ${code}`));
					});
				} else if (message.complete) resolve(message.seconds);
				else reject(new Error('not everything arrived'));
			});
			receiver.on('exit', (code, signal) => reject(new Error(`the receiver ended with ${code ?? signal}`)));
		});
	} finally {
		clearTimeout(timer);
		await Promise.all([gone(receiver), sender && gone(sender)]);
	}
}

function start(side: 'receive' | 'send', contestant: string, trial: Trial): ChildProcess {
	return fork(peer, [side, contestant, JSON.stringify(trial)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}

async function gone(child: ChildProcess): Promise<void> {
	if (child.exitCode === null && child.signalCode === null) {
		const patience = setTimeout(() => child.kill('SIGKILL'), 5000);
		await once(child, 'exit');
		clearTimeout(patience);
	}
}
