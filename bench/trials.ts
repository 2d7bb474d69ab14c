/** What is measured, as a table. A rival sends a tenth of the messages. */
export const trials: readonly { readonly size: number; readonly count: number }[] = [
	{ size: 64, count: 5_000_000 },
	{ size: 64 * 1024, count: 50_000 },
];
