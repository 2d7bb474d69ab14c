/** The record of the typed trials as a type of protobuf, which a program has from its .proto file. */
import { create, createFileRegistry } from '@bufbuild/protobuf';
import {
	FileDescriptorProtoSchema,
	FieldDescriptorProto_Label as Label,
	FieldDescriptorProto_Type as Type,
} from '@bufbuild/protobuf/wkt';

const fields = {
	...{ sequence: Type.INT32, symbol: Type.STRING, side: Type.STRING, price: Type.DOUBLE },
	...{ quantity: Type.INT32, tags: Type.STRING },
};

const file = create(FileDescriptorProtoSchema, {
	...{ name: 'order.proto', syntax: 'proto3' },
	messageType: [
		{
			name: 'Order',
			field: Object.entries(fields).map(([name, type], index) => ({
				...{ name, type, number: index + 1 },
				label: name === 'tags' ? Label.REPEATED : Label.OPTIONAL,
			})),
		},
	],
});

const found = createFileRegistry(file, () => undefined).getMessage('Order');
if (found === undefined) throw new Error('order.proto has no Order');
export const orderSchema = found;
