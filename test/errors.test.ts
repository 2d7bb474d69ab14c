import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { openReader, openWriter, RingwireError } from 'ringwire';
import { describe, expect, test } from 'vitest';
import { departureError, truncationError } from '../src/base/departure-error.js';
import { attempt, batchError, errorFrom } from '../src/base/errors.js';
import { numbers } from './support/pair.js';
import { useTemporaryFolder } from './support/temporary-folder.js';

const folder = useTemporaryFolder();
const root = (path: string) => new URL(`../${path}`, import.meta.url);

describe('RingwireError', () => {
	test('is an Error with a stable code; a detail that does not apply is absent', () => {
		const error = new RingwireError('ERR_RINGWIRE_FULL', 'it is full');
		expect(error).toBeInstanceOf(Error);
		expect(`${error}`).toBe('RingwireError: it is full');
		expect(Object.keys(error).sort()).toEqual(['code', 'name']);
		expect('cause' in error).toBe(false);
	});

	test('keeps its details, a cause that is undefined too', () => {
		const details = { channel: 'a', syscall: 'connect', errno: 111, accepted: 3, cause: undefined };
		const error = new RingwireError('ERR_RINGWIRE_SYSTEM', 'refused', details);
		expect(error).toMatchObject(details);
		expect('cause' in error).toBe(true);
	});

	test('is made from a failure of the addon; an unknown code is SYSTEM', () => {
		const failure = { code: 'ERR_RINGWIRE_LIMIT', message: 'too many', syscall: 'socket', errno: 24 };
		const told = { ...failure, message: 'channel "a": too many', channel: 'a', name: 'RingwireError' };
		expect(errorFrom(failure, 'a')).toMatchObject(told);
		expect(errorFrom(failure)).toMatchObject(failure);
		expect(errorFrom({ code: 'ERR_RINGWIRE_NEW', message: 'new' }).code).toBe('ERR_RINGWIRE_SYSTEM');
	});

	test('is constructed in src/base/errors.ts only', () => {
		const sources = readdirSync(root('src'), { recursive: true, encoding: 'utf8' }).filter((file) =>
			file.endsWith('.ts'),
		);
		expect(sources).toContain('base/errors.ts');
		const constructs = (file: string) => /new RingwireError\b/.test(readFileSync(root(`src/${file}`), 'utf8'));
		expect(sources.filter(constructs)).toEqual(['base/errors.ts']);
	});

	test('of a batch keeps the details of its cause, and adds how many messages were accepted', () => {
		const details = { channel: 'a', syscall: 'connect', errno: 111, cause: undefined };
		const error = batchError(new RingwireError('ERR_RINGWIRE_SYSTEM', 'refused', details), 'message 3', 2);
		expect(error).toMatchObject({
			code: 'ERR_RINGWIRE_SYSTEM',
			message: 'refused (message 3)',
			...details,
			accepted: 2,
		});
		expect('cause' in error).toBe(true);
		expect('cause' in batchError(new RingwireError('ERR_RINGWIRE_FULL', 'full'), 'message 3', 2)).toBe(false);
	});

	test('is not made of exceptions that are none of the addon', () => {
		const exception = new TypeError('bug');
		const thrower = (value: unknown) => () => {
			throw value;
		};
		expect(() => attempt(thrower(exception))).toThrow(exception);
		expect(() => attempt(thrower({ code: 'ERR_RINGWIRE_ACCESS', message: 'no' }), 'a')).toThrow(RingwireError);
	});
});

test('the error for a departed peer has the code of its reason; for a writer without end() it is never CLOSED', () => {
	const peer = { id: '0123456789abcdef', pid: 7, uid: 0, role: 'writer', since: new Date() } as const;
	const reasons = ['closed', 'died', 'corrupt'] as const;
	const codes = (errors: RingwireError[]) => errors.map(({ code }) => code.slice('ERR_RINGWIRE_'.length));
	expect(codes(reasons.map((reason) => departureError('service', 'a', peer, reason)))).toEqual([
		'CLOSED',
		'PEER_DIED',
		'CORRUPT',
	]);
	expect(codes(reasons.map((reason) => truncationError('a', peer, reason)))).toEqual([
		'PEER_DIED',
		'PEER_DIED',
		'CORRUPT',
	]);
	expect(truncationError('a', peer, 'closed')).toMatchObject({
		message: 'channel "a": writer 0123456789abcdef (pid 7) left without end()',
		channel: 'a',
		peer,
	});
});

describe('a run-time folder that others could meddle with is refused with ACCESS', () => {
	test.each<[string, () => string]>([
		[
			'open to others',
			() => {
				const path = join(folder, 'open');
				mkdirSync(path);
				chmodSync(path, 0o777);
				return path;
			},
		],
		[
			'a symbolic link',
			() => {
				const path = join(folder, 'link');
				mkdirSync(join(folder, 'target'), { mode: 0o700 });
				symlinkSync(join(folder, 'target'), path);
				return path;
			},
		],
	])('%s', (_, make) => {
		process.env.RINGWIRE_DIR = make();
		const channel = numbers();
		const refused = { code: 'ERR_RINGWIRE_ACCESS', channel: channel.name };
		try {
			expect(() => openReader(channel)).toThrow(expect.objectContaining(refused));
			expect(() => openWriter(channel)).toThrow(expect.objectContaining(refused));
		} finally {
			process.env.RINGWIRE_DIR = folder;
		}
	});
});
