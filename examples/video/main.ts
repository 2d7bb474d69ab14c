import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTogether } from '../run-together.js';
import { viewers } from './channel.js';

const frames = process.argv[2] ?? '300';
const folder = mkdtempSync(join(tmpdir(), 'video-'));
const path = join(folder, 'camera');

console.log('ringwire:');
await runTogether(import.meta.url, ['./camera.js', frames], ...viewers.map((name) => ['./viewer.js', name] as const));
console.log('unix socket:');
const watching = viewers.map((name) => ['./socket-viewer.js', path, name] as const);
await runTogether(import.meta.url, ['./socket-camera.js', path, frames], ...watching);
rmSync(folder, { recursive: true });
