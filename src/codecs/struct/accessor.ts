/**
 * Reads and writes one type of field at a byte of an ArrayBuffer, of which `view` and `bytes` are both views from its first byte on. Bounds
 * have been checked. A value that is refused is a `FieldFailure`.
 */
export interface Accessor {
	read(view: DataView, bytes: Buffer, at: number): unknown;
	/** Writes every byte of the field. */
	write(view: DataView, bytes: Buffer, at: number, value: unknown): void;
	/** The value for an accessor object, without a copy where it is more than a scalar. `path` leads to the field, for errors. */
	look(view: DataView, bytes: Buffer, at: number, path: string): unknown;
}

/** The accessor of a struct: its values are objects. */
export interface StructAccessor extends Accessor {
	read(view: DataView, bytes: Buffer, at: number): Record<string, unknown>;
	look(view: DataView, bytes: Buffer, at: number, path: string): Record<string, unknown>;
}
