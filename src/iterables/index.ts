export { type IterableFromOptions, iterableFrom } from './iterable-from.js';
