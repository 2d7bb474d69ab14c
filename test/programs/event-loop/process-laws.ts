/** Laws about the life of the process: its output, and that it ends by itself with status 0. */
import { attach, type Loop } from './kit.js';

export const processLaws = [
	{
		name: 'an attached source keeps the loop running until it is detached',
		output: 'alive\n',
		run(loop: Loop) {
			const bell = attach(loop, () => {});
			printFromUnreferencedTimer(() => bell.detach());
		},
	},
	{
		name: 'an attached source keeps the loop running until that is not wanted any more',
		output: 'alive\n',
		run(loop: Loop) {
			const bell = attach(loop, () => {});
			bell.keepAlive(false);
			bell.keepAlive(false);
			bell.keepAlive(true);
			printFromUnreferencedTimer(() => bell.keepAlive(false));
		},
	},
	{
		name: 'of several sources one keeps the loop running',
		output: 'alive\n',
		run(loop: Loop) {
			const bells = [0, 1, 2].map(() => attach(loop, () => {}));
			bells[0]?.keepAlive(false);
			bells[1]?.detach();
			printFromUnreferencedTimer(() => bells[2]?.keepAlive(false));
		},
	},
	{
		name: 'a source that is not to keep the loop running does not, also while it is ready and called each turn',
		output: '',
		run(loop: Loop) {
			const bell = attach(loop, () => {});
			bell.ring();
			bell.keepAlive(false);
			if (loop.hasTurns) bell.callEachTurn(true);
			setTimeout(() => console.log('still here'), 3_600_000).unref();
		},
	},
	{
		name: 'a source that does not keep the loop running is called while something else does',
		output: 'called\n',
		run(loop: Loop) {
			const other = setInterval(() => {}, 3_600_000);
			const bell = attach(loop, () => {
				console.log('called');
				bell.detach();
				clearInterval(other);
			});
			bell.keepAlive(false);
			bell.ring();
		},
	},
	{
		name: 'the process can exit in a call, with sources attached and rung',
		output: 'called\n',
		run(loop: Loop) {
			attach(loop, () => {}).ringFromThread(1_000_000);
			const bell = attach(loop, () => {
				console.log('called');
				process.exit(0);
			});
			bell.ring();
		},
	},
];

/** The timer fires only if something else keeps the loop running. */
function printFromUnreferencedTimer(then: () => void): void {
	setTimeout(() => {
		console.log('alive');
		then();
	}, 20).unref();
}
