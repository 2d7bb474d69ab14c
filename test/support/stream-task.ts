/** What test/programs/stream-writer is told. */
export interface StreamWriterTask {
	readonly channel: string;
	readonly chunks: number;
	readonly chunkBytes: number;
	/** What it does the moment its stream has finished. */
	readonly after: 'exit' | 'kill';
}

/** What it says when its stream has finished. */
export interface StreamWriterReport {
	readonly type: 'finished';
	readonly sha256: string;
}
