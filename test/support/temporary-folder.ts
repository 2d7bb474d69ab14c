import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** Gives this test file a run-time folder of its own, also for the processes that it starts; removed after its last test. */
export function useTemporaryFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), 'ringwire-test-'));
	process.env.RINGWIRE_DIR = folder;
	afterAll(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}
