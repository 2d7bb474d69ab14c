// The addon of one system for a bundle, see docs/guide/bundles.md: a bundler follows this `require`, and src/native/load.ts takes what it left.
// rollup and its like make an ES module of the file, with the addon as its default export.
const addon = require('../lib-native/prebuilds/linux-x64/ringwire.musl.node');
globalThis[Symbol.for('ringwire 0.1 addon')] ??= addon.default ?? addon;
