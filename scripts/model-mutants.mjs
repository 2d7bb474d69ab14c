// The mutants of the model: one for every fence, order, store and load in the sources of lib-native/core, and one for every step of the
// scenarios that can be left out or done wrong. They are found in the sources. The harmless ones are listed by hand.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { filesBelow, fromRoot } from './paths.mjs';

/** Mutants that break no law. The full verification tries them too, and fails if one does. */
const harmless = [
	{
		kinds: ['weaker'],
		code: /stamp\.load\(std::memory_order_acquire\)|stamp\.store\(next_ \+ 1/,
		why: 'the release and acquire of `published` order everything that the stamp would order',
	},
	{
		kinds: ['weaker'],
		code: /want_epoch\.(load|store)\(/,
		why: 'the wake fences order epoch and sequence; a stale sequence costs one ring, or the second look sees the current one',
	},
	{
		within: 'LaneReader::intact',
		why: 'it only selects the sequence at which skip_lapped continues; locate and take check again',
	},
	{
		kinds: ['dropped', 'blind'],
		code: /want_sequence\./,
		why: 'without it a writer wakes too early, never too late',
	},
	{
		kinds: ['dropped'],
		within: 'LaneWriter::unwant',
		why: 'a reader that sees the old odd epoch has rung for it, or rings once without effect',
	},
	{
		kinds: ['blind'],
		within: 'LaneWriter::position_of',
		why: 'the writer reads its own words; a value that is too low only makes it wait longer',
	},
	{
		within: 'LaneReader::lend',
		why: 'it only finds a writer that lies: an honest one keeps every message that the cursor has not passed',
	},
	{ kinds: ['dropped', 'blind'], code: /flags\.(store|load)/, why: 'they are always 0, as in fresh memory' },
	{
		kinds: ['dropped'],
		within: 'CursorOwner',
		code: /memory_order_relaxed/,
		why: 'the value is zero, as in fresh memory',
	},
	{
		kinds: ['dropped'],
		within: 'disarm',
		why: 'a writer that sees the old odd epoch has rung for it, or rings once without effect; the next odd epoch differs',
	},
	{
		kinds: ['weaker'],
		code: /words_\[\*slot\]\.store\(/,
		why: 'to relacy it continues the release of the 0 before it, as in C++11; since C++20 it has to be a release itself',
	},
	{
		kinds: ['step'],
		code: /drains after its epoch is even/,
		why: 'a ring that is discarded before the look belongs to a change that the look sees, because the look is behind its fence',
	},
];

/** Every mutant as {kind, name (for the program), text (for people), harmless (why) or undefined}. */
export function modelMutants() {
	return [...sourceMutants(), ...stepMutants()].map((mutant) => ({
		...mutant,
		harmless: harmless.find((entry) => matches(entry, mutant))?.why,
	}));
}

function matches({ kinds, code, within }, mutant) {
	return (
		(kinds?.includes(mutant.kind) ?? true) &&
		(code?.test(mutant.code) ?? true) &&
		(within === undefined || mutant.within === within)
	);
}

function* sourceMutants() {
	for (const path of filesBelow(['lib-native/core']).filter((file) => /\.(h|cc)$/.test(file))) {
		const file = basename(path);
		if (file === 'atomics.h' || file === 'shared_copy.h') continue; // the model replaces these
		let within = '';
		for (const [index, line] of readFileSync(fromRoot(path), 'utf8').split('\n').entries()) {
			const code = line.replace(/\/\/.*/, '').trim();
			within = functionAt(line) ?? within;
			const place = `${file}:${index + 1}`;
			const mutant = (kind, name, text) => ({ kind, name, code, within, text: `${place} ${text} (${within})` });
			if (/shared_fence\(/.test(code)) yield mutant('weaker', place, 'without the fence');
			else if (
				/memory_order_(acquire|release|acq_rel|seq_cst)/.test(code) &&
				!code.includes('atomic_signal_fence')
			)
				yield mutant('weaker', place, 'relaxed');
			if (/(\.|->)store\(/.test(code)) yield mutant('dropped', `${place}:drop`, 'without the store');
			if (/(\.|->)load\(/.test(code)) yield mutant('blind', `${place}:blind`, 'without another look');
		}
	}
}

/** The function that begins in this line, or undefined. Relies on the format of the sources. */
function functionAt(line) {
	const qualified = line.match(/^[A-Za-z].*?\b((?:\w+::)+\w+)\([^;]*\{$/);
	const inline = line.match(/^\t?(?:[\w:<>&*[\]]+ )+(\w+)\([^;]*$/) ?? line.match(/^\t?([A-Z]\w*)\([^;]*$/);
	return qualified?.[1] ?? (/^\t?[A-Za-z[]/.test(line) ? inline?.[1] : undefined);
}

function* stepMutants() {
	const steps = new Set();
	for (const path of filesBelow(['lib-native/model']).filter((file) => /\.(h|cc)$/.test(file))) {
		for (const [, step] of readFileSync(fromRoot(path), 'utf8').matchAll(/\bmutated\("([^"]+)"\)/g))
			steps.add(step);
	}
	for (const step of steps) yield { kind: 'step', name: step, code: step, within: '', text: step };
}

/**
 * Mutants of wake.pml, by their number there. Number 2 (the lane is not held for a reader that is not ready yet) needs two
 * readers. A search of four minutes did not find it, so it is not counted. Number 18 (a lane that was read before its ring arrived keeps
 * its epoch) needs two writers, whose search did not end either: a law of lib-native/test/endpoint_lanes_apart.test.cc finds it.
 */
export const protocolMutants = [
	{ number: 1, text: 'the writer sleeps through end-of-file' },
	{ number: 3, text: 'the writer rings twice for one sleep' },
	{ number: 4, text: 'the writer does not report that the link is open' },
	{ number: 6, text: 'the writer takes no second look' },
	{ number: 7, text: 'the writer drains after its look' },
	{ number: 8, text: 'the writer rings before it publishes' },
	{ number: 9, text: 'the writer does not ring for the end' },
	{ number: 10, text: 'the reader sleeps through end-of-file' },
	{ number: 11, text: 'the reader drops the lane of a dead writer unread' },
	{ number: 12, text: 'the reader forgets that it reported the end' },
	{ number: 13, text: 'the reader rings before it advances' },
	{ number: 14, text: 'the reader takes no second look' },
	{ number: 16, text: 'the reader leaves its epoch odd' },
	{ number: 17, text: 'the reader drains after its look' },
	{ number: 19, text: 'a ring does not wake its lane, of a reader that wakes lanes apart', sizes: { APART: 1 } },
	...[
		{ number: 1, text: 'a writer of two rings twice for one sleep', messages: 2, depth: 2 },
		{ number: 2, text: 'a reader of two does not ring for space', messages: 2 },
		{ number: 3, text: 'a writer of two takes no second look', messages: 2 },
		{ number: 4, text: 'a reader of two takes no second look' },
		{ number: 5, text: 'a death wakes none of two writers and two readers', kills: 1 },
		{ number: 6, text: 'no fence: a writer of two loads the sleepers before its message is visible' },
		{
			number: 7,
			text: 'no fence: a reader of two loads the wishes for space before its sequence is visible',
			messages: 2,
		},
	].map(({ kills = 0, messages = 1, depth = 1, ...mutant }) => ({
		...mutant,
		...{ model: 'crowd', sizes: { KILLS: kills, MESSAGES: messages, DEPTH: depth } },
	})),
	...[
		{ number: 1, text: 'an endpoint looks before it appears' },
		{ number: 2, text: 'a process that tidies up removes labels of living endpoints' },
		{ number: 3, text: 'an endpoint whose temporary name was removed does not start over' },
		{ number: 4, text: 'an endpoint that leaves does not tidy up' },
	].map((mutant) => ({ ...mutant, model: 'meeting', sizes: { KILLS: 1 } })),
	...[
		{ number: 1, text: 'a chunk is used again while its message has its stamp' },
		{ number: 2, text: 'no fence: the writer of a pool loads the pins before the stamp is visible' },
		{ number: 3, text: 'no fence: a reader of a pool loads the stamp before its pin is visible' },
		{ number: 4, text: 'a reader that pins takes no second look at the stamp' },
		{ number: 5, text: 'the pins of a dead reader count for ever' },
		{ number: 6, text: 'a reader does not ring after a late pin' },
		{ number: 7, text: 'the writer of a pool takes no second look before it sleeps' },
		{ number: 8, text: 'the pins of a reader that is cut off do not count', CUTS: 1 },
		{ number: 9, text: 'a reader that copies takes no second look at the stamp' },
		{ number: 10, text: 'a reader that goes does not wake a writer that sleeps for room' },
	].map(({ CUTS = 0, ...mutant }) => ({ ...mutant, model: 'pool', sizes: { KILLS: 1, CUTS } })),
];
