/** Two copies of the package in one process, each with its own addon, as when two dependencies bring one each. */
import { expect, test } from 'vitest';
import { runCompiled } from './support/compiled.js';
import { copyOfPackage } from './support/copies.js';
import { useTemporaryFolder } from './support/temporary-folder.js';

useTemporaryFolder();

test('they exchange messages, in one thread and with a worker, and accept the channels, services, handles and errors of each other', async () => {
	const { status, output, errors } = await runCompiled('test/programs/two-copies', copyOfPackage(), copyOfPackage());
	expect({ status, errors }).toEqual({ status: 0, errors: '' });
	expect(JSON.parse(output)).toEqual({
		same: false,
		here: 100,
		there: 100,
		mixed: 7,
		answered: '8',
		faces: [8, 8, 8],
		errors: [
			[true, false],
			[true, false],
		],
	});
});
