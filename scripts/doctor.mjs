// npm run doctor [-- --json]: `ringwire doctor` of this checkout. Does not build the addon: its absence is one of the findings.
import { fromRoot } from './paths.mjs';
import { steps } from './set-up.mjs';
import { runForStatus } from './tool.mjs';

const compiled = (await steps.dependencies()) && (await steps.typescript());
const args = [fromRoot('dist/cli/main.js'), 'doctor', ...process.argv.slice(2)];
process.exitCode = compiled ? await runForStatus(process.execPath, args, { cwd: process.cwd() }) : 1;
