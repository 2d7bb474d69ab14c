/** Checks one law of one loop: main.js LOOP LAW. Fails with what was not true. */
import { openLoop } from './kit.js';
import { laws } from './laws.js';
import { processLaws } from './process-laws.js';

const [loopName = '', name = ''] = process.argv.slice(2);
const loop = openLoop(loopName);
const law = laws.find((candidate) => candidate.name === name);
const processLaw = processLaws.find((candidate) => candidate.name === name);
if (law !== undefined) {
	await law.check(loop, loopName);
	process.exit(0);
} else if (processLaw !== undefined) {
	processLaw.run(loop);
} else {
	throw new Error(`no such law: ${name}`);
}
