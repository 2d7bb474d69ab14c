/** The exchange as two programs that the test starts, for programs that cannot start themselves again. */
import { expect } from 'vitest';
import { type Result, success } from './project.js';

/** `half` runs an exchange program with these arguments. */
export async function exchangesInTwo(half: (args: string[]) => Promise<Result>): Promise<void> {
	const name = `two-${process.pid}-${Math.random()}`;
	const [reader, writer] = await Promise.all([half(['read', name]), half(['write', name])]);
	expect(writer).toEqual({ status: 0, output: '', errors: '' });
	expect(reader).toEqual(success);
}
