import { readdirSync, readFileSync } from 'node:fs';

/** Open file descriptors of this process. */
export function countDescriptors(): number {
	return readdirSync('/proc/self/fd').length;
}

/** Mappings of shared memory in this process. */
export function countMappings(): number {
	return readFileSync('/proc/self/maps', 'utf8')
		.split('\n')
		.filter((line) => line.includes('memfd:')).length;
}
