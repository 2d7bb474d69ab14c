// npm run format: writes every file in the format that `npm test` checks.
import { needDebianPackages } from './debian-packages.mjs';
import { cppFiles, nodeModule } from './paths.mjs';
import { steps } from './set-up.mjs';
import { run } from './tool.mjs';

let good = (await steps.dependencies()) && (await run(nodeModule('.bin/biome'), ['check', '--write', '.']));
const missing = await needDebianPackages(['clang-format']);
if (missing === undefined) good = (await run('clang-format', ['-i', ...cppFiles()])) && good;
else console.error(`C++ was not formatted: ${missing}`);
process.exitCode = good ? 0 : 1;
