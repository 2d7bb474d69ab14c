import { openReader } from 'ringwire';
import { tensor, tensors } from './channel.js';

const steps = new Set<number>();
const order = new Set<string>();
let layersOfStep = '';
let checksum = 0;

for await (const { bytes } of openReader(tensors).leases()) {
	const { step, layer, rows, columns } = tensor.view(bytes);
	// A typed array over the message itself. It is used before the loop asks for the next one.
	const values = new Float32Array(bytes.buffer, bytes.byteOffset + tensor.byteLength, rows * columns);
	checksum += values.reduce((sum, value) => sum + value, 0);
	layersOfStep = steps.has(step) ? `${layersOfStep} ${layer}` : String(layer);
	steps.add(step);
	if (layer === 0) order.add(layersOfStep);
}

console.log(`consumer: ${steps.size} steps, layers in the order ${[...order].join(' and ')}, checksum ${checksum}`);
