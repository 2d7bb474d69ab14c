import { runTogether } from '../run-together.js';

await runTogether(import.meta.url, ['./consumer.js'], ['./producer.js']);
