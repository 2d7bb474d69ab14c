import {
	create,
	type DescMessage,
	fromBinary,
	type MessageInitShape,
	type MessageShape,
	toBinary,
} from '@bufbuild/protobuf';
import { describeValue } from './describe-value.js';
import type { Codec } from './types.js';

/**
 * Messages of a Protocol Buffers schema that `protoc-gen-es` 2 generated, converted by the package `@bufbuild/protobuf`. A writer accepts messages and
 * plain objects with their fields, a reader returns messages. The id contains the full name of the message type.
 */
export function protobuf<Schema extends DescMessage>(
	schema: Schema,
): Codec<MessageInitShape<Schema>, MessageShape<Schema>> {
	checkSchema(schema);
	// No methods in place: fields of bytes and unknown fields are views of the bytes that they were decoded from.
	return Object.freeze({
		id: `protobuf ${schema.typeName}`,
		encode(message: MessageInitShape<Schema>) {
			checkMessage(schema.typeName, message);
			return toBinary(schema, create(schema, message));
		},
		decode: (bytes: Buffer) => fromBinary(schema, bytes),
	});
}

function checkSchema(schema: unknown): void {
	if (typeof schema === 'object' && schema !== null && 'kind' in schema && schema.kind === 'message') return;
	throw new TypeError(
		`schema: got ${describeValue(schema)}, must be a message schema of @bufbuild/protobuf, for instance OrderSchema`,
	);
}

/** `create` makes an empty message of undefined, and takes the fields that have the same name from a message of another type. */
function checkMessage(typeName: string, message: unknown): void {
	if (typeof message !== 'object' || message === null) {
		throw new TypeError(
			`a message must be an object with the fields of ${typeName}, got ${describeValue(message)}`,
		);
	}
	if ('$typeName' in message && message.$typeName !== typeName) {
		throw new TypeError(`a message must be of the type ${typeName}, got ${describeValue(message.$typeName)}`);
	}
}
