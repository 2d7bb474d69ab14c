import { runTogether } from '../run-together.js';

await runTogether(import.meta.url, ['./client.js'], ['./server.js']);
