/** The code of the documentation, so that a test runs what a page tells its reader. */
import { type Block, blocksOf } from '../../../test/support/markdown.js';

/** The text of the only block of `page` that `isWanted` accepts. */
export function documented(page: string, isWanted: (block: Block) => boolean): string {
	const wanted = blocksOf(page).filter(isWanted);
	const [block] = wanted;
	if (block === undefined || wanted.length > 1) throw new Error(`${wanted.length} such blocks in ${page}`);
	return block.text;
}
