/** Sends messages to a process of the demo that has been killed. */
import { setImmediate } from 'node:timers/promises';
import { Child, killAll } from '../../demo/child.js';

const child = new Child<{ type: 'done' }, 'end'>('publisher', 'publisher');
await child.started;
process.kill(child.pid, 'SIGKILL');
child.send('end');
await killAll();
child.send('end');
await setImmediate();
console.log('the end is known');
