// The accessors that `flatc --ts reading.fbs` generates, reduced to the parts that this example uses.
import { type Builder, ByteBuffer, type Offset } from 'flatbuffers';

/** Where the table stores the offsets of its fields. */
const sensorField = 4;
const timeField = 6;
const valuesField = 8;

export class Reading {
	readonly #bytes: ByteBuffer;
	readonly #at: number;

	private constructor(bytes: ByteBuffer, at: number) {
		this.#bytes = bytes;
		this.#at = at;
	}

	static rootOf(memory: Uint8Array): Reading {
		const bytes = new ByteBuffer(memory);
		return new Reading(bytes, bytes.readInt32(bytes.position()) + bytes.position());
	}

	get sensor(): string {
		const offset = this.#bytes.__offset(this.#at, sensorField);
		const text = offset === 0 ? '' : this.#bytes.__string(this.#at + offset);
		return typeof text === 'string' ? text : Buffer.from(text).toString();
	}

	get time(): bigint {
		const offset = this.#bytes.__offset(this.#at, timeField);
		return offset === 0 ? 0n : this.#bytes.readUint64(this.#at + offset);
	}

	/** A view of the message, without a copy. */
	get values(): Float32Array {
		const offset = this.#bytes.__offset(this.#at, valuesField);
		if (offset === 0) return new Float32Array();
		const memory = this.#bytes.bytes();
		const at = this.#bytes.__vector(this.#at + offset);
		return new Float32Array(memory.buffer, memory.byteOffset + at, this.#bytes.__vector_len(this.#at + offset));
	}
}

export function createReading(builder: Builder, sensor: string, time: bigint, values: Float32Array): Offset {
	const sensorAt = builder.createString(sensor);
	builder.startVector(4, values.length, 4);
	for (let i = values.length - 1; i >= 0; i--) builder.addFloat32(values[i] ?? 0);
	const valuesAt = builder.endVector();
	builder.startObject(3);
	builder.addFieldOffset(0, sensorAt, 0);
	builder.addFieldInt64(1, time, 0n);
	builder.addFieldOffset(2, valuesAt, 0);
	return builder.endObject();
}
