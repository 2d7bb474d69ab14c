import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

let tree: string;
beforeEach(() => {
	tree = mkdtempSync(join(tmpdir(), 'ringwire-imports-'));
});
afterEach(() => {
	rmSync(tree, { recursive: true });
});

function plant(file: string, ...lines: string[]): void {
	mkdirSync(dirname(join(tree, file)), { recursive: true });
	writeFileSync(join(tree, file), lines.join('\n'));
}

function check() {
	const { status, stdout } = spawnSync(process.execPath, ['scripts/import-direction.mjs', tree], {
		encoding: 'utf8',
	});
	return { status, violations: stdout.split('\n').filter((line) => line !== '') };
}

test.each([
	['a lower layer imports a higher one', 'src/native/load.ts', "import { Writer } from '../writer/writer.js';"],
	['one face imports another', 'src/cli/main.ts', "import { createReadStream } from '../streams/read-stream.js';"],
	['codecs import the channel', 'src/codecs/json.ts', "import type { Reader } from '../reader/types.js';"],
	[
		'a room imports one of its own floor',
		'src/reader/reader.ts',
		"import { openWriter } from '../writer/writer.js';",
	],
	[
		'a room imports one of a higher floor',
		'src/base/retry.ts',
		"import { Channel } from '../definition/channel.js';",
	],
	['rxjs outside of observables', 'src/streams/read-stream.ts', "import { map } from 'rxjs/operators';"],
	['ix outside of iterables', 'src/observables/pull.ts', "import { from } from 'ix/asynciterable';"],
	['msgpackr outside of its codec', 'src/codecs/json.ts', "import { pack } from 'msgpackr';"],
	['a codec with the package of another', 'src/codecs/msgpack.ts', "import { create } from '@bufbuild/protobuf';"],
	['an import that spans lines', 'src/reader/reader.ts', "import {\n\tmap\n} from 'rxjs';"],
	['a dynamic import', 'src/reader/reader.ts', "const rx = await import('rxjs');"],
	['a public entry imported from inside', 'src/streams/read-stream.ts', "export * from '../index.js';"],
	['a codec with an optional package imported from inside', 'src/codecs/json.ts', "import './msgpack.js';"],
	['a barrel that is no public entry', 'src/codecs/index.ts', 'export {};'],
	['a folder without a place', 'src/utils/misc.ts', 'export {};'],
	['core includes a header of the system', 'lib-native/core/wake.h', '#include <sys/socket.h>'],
	['core includes channel', 'lib-native/core/wake.h', '#include "channel/link/link.h"'],
	['a contract includes its implementation', 'lib-native/platform/region.h', '#include "platform/linux/region.h"'],
	['a contract includes a header of the system', 'lib-native/platform/region.h', '#include <sys/mman.h>'],
	['channel reaches around the contract', 'lib-native/channel/link/link.cc', '#include "platform/linux/region.h"'],
	[
		'a room of channel uses a later one',
		'lib-native/channel/link/link.cc',
		'#include "channel/reader/reader_endpoint.h"',
	],
	['channel knows Node', 'lib-native/channel/link/link.cc', '#include <uv.h>'],
	['a portable test includes a header of the system', 'lib-native/test/lane.test.cc', '#include <sys/mman.h>'],
	['a portable test includes one of Linux', 'lib-native/test/company.h', '#include "test/linux/child_process.h"'],
	['a portable test calls the system', 'lib-native/test/platform/clock.test.cc', 'CHECK(getpid() != 0);'],
	['the platform knows Node', 'lib-native/platform/linux/link.cc', '#include <node_api.h>'],
	[
		'a file for every system uses a part of one',
		'lib-native/binding/handle.cc',
		'#include "platform/linux/pollable.h"',
	],
	[
		'the loop of one system uses another part of it',
		'lib-native/binding/linux/loop.cc',
		'#include "platform/linux/epoll.h"',
	],
	['a loop knows what is sent over it', 'lib-native/binding/linux/loop.cc', '#include "channel/link/link.h"'],
	['a buffer uses a handle', 'lib-native/binding/buffers/leased_memory.h', '#include "binding/handle.h"'],
	['the binding uses a file for one system', 'lib-native/binding/handle.h', '#include "binding/linux/loop.h"'],
	['logic branches on the operating system', 'lib-native/channel/link/link.cc', '#if defined(__linux__)'],
])('%s: it is reported with file and line', (_law, file, code) => {
	plant(file, code);
	const { status, violations } = check();
	expect(status).toBe(1);
	expect(violations).toHaveLength(1);
	expect(violations[0]).toMatch(new RegExp(`^${file}:\\d+: `));
});

test('imports and includes along the direction are not reported', () => {
	plant('src/native/load.ts', "import build from 'node-gyp-build';", "import { join } from 'node:path';");
	plant('src/reader/reader.ts', "import { load } from '../native/load.js';", "// import { map } from 'rxjs';");
	plant('src/codecs/msgpack.ts', "import { Packr } from 'msgpackr';", "import type { Codec } from './types.js';");
	plant('src/codecs/protobuf.ts', "import { create } from '@bufbuild/protobuf';");
	plant('src/observables/index.ts', "export { fromChannel } from './from-channel.js';");
	plant('src/observables/from-channel.ts', "import { map } from 'rxjs';", "import '../reader/reader.js';");
	plant('lib-native/core/layout.h', '#include <atomic>');
	plant('lib-native/platform/region.h', '#include "core/layout.h"');
	plant(
		'lib-native/platform/linux/memory/region.cc',
		'#include "platform/region.h"',
		'#include <sys/mman.h>',
		'#ifdef __linux__',
	);
	plant('lib-native/channel/link/link.h', '#include "platform/region.h"', '#include <vector>');
	plant('lib-native/binding/addon.cc', '#include "channel/link/link.h"', '#include <uv.h>', '#include <node_api.h>');
	plant('lib-native/platform/linux/pollable.h', '#include "platform/region.h"');
	plant('lib-native/binding/linux/loops.h', '#include "platform/event_loop.h"');
	plant('lib-native/platform/event_loop.h');
	plant(
		'lib-native/binding/linux/loop.cc',
		'#include "platform/linux/pollable.h"',
		'#include "binding/linux/loops.h"',
		'#include <uv.h>',
		'#include <sys/epoll.h>',
	);
	expect(check()).toEqual({ status: 0, violations: [] });
});
