/** The tarball as publishing tools see it. No rule is switched off. */
import { beforeAll, expect, test } from 'vitest';
import { Project, tarball } from './support/project.js';

const tools = new Project('published', {});
beforeAll(() =>
	tools.npm([
		...['install', '--no-audit', '--no-fund', '--prefer-offline'],
		...['publint@0.3.25', '@arethetypeswrong/cli@0.18.5'],
	]),
);

test('publint finds nothing, in its strict form', async () => {
	const { status, output } = await tools.bin('publint', [tarball, '--strict']);
	expect(output).toContain('All good!');
	expect(status).toBe(0);
});

test('attw finds types for every entry in every resolution', async () => {
	const { status, output } = await tools.bin('attw', [tarball, '--no-color', '--no-emoji', '--format', 'ascii']);
	expect(output).toContain('No problems found');
	expect(status, output).toBe(0);
});
