import { runTogether } from '../run-together.js';

await runTogether(import.meta.url, ['./reader.js'], ['./writer.js']);
