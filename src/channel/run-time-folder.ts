/**
 * Where channels live, when the environment says so: RINGWIRE_DIR. Undefined leaves it to the addon, which takes
 * `$XDG_RUNTIME_DIR/ringwire`, else `/tmp/ringwire-<uid>`. Read anew by each open.
 */
export function runTimeFolder(): string | undefined {
	return process.env.RINGWIRE_DIR || undefined;
}
