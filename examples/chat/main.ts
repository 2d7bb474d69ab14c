import { runTogether } from '../run-together.js';

await runTogether(
	import.meta.url,
	['./client.js', 'ann'],
	['./client.js', 'bob'],
	['./server.js', '3'],
	['./client.js', 'eve'],
);
