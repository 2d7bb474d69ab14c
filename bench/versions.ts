import { createRequire } from 'node:module';

/** Of Node and of the rivals that are installed. */
export function versionsText(): string {
	const require = createRequire(import.meta.url);
	const rivals = ['zeromq', 'shared-memory-disruptor'].map((name) => {
		try {
			return `${name} ${(require(`${name}/package.json`) as { version: string }).version}`;
		} catch {
			return `${name}: not installed`;
		}
	});
	return [`Node ${process.version}, V8 ${process.versions.v8}, libuv ${process.versions.uv}`, ...rivals].join('; ');
}
