// The addon of one system for a bundle, see docs/guide/bundles.md: a bundler follows this `require`, and src/native/load.ts takes what it left.
globalThis[Symbol.for('ringwire 0.1 addon')] ??= require('../lib-native/prebuilds/linux-x64/ringwire.musl.node');
