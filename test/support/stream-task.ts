/** The argument of test/programs/stream-writer. */
export interface StreamWriterTask {
	readonly channel: string;
	readonly chunks: number;
	readonly chunkBytes: number;
	/** Its next step when its stream has finished. */
	readonly after: 'exit' | 'kill';
}

/** Its message when its stream has finished. */
export interface StreamWriterReport {
	readonly type: 'finished';
	readonly sha256: string;
}
