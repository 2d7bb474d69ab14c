import { randomInt } from 'node:crypto';
import { connectService, RemoteError, RingwireError } from 'ringwire';
import { afterEach, expect, test } from 'vitest';
import { killPrograms, startProgram } from './support/programs.js';
import { randomFrom } from './support/random.js';
import { type StormRequest, stormService } from './support/storm.js';
import { useTemporaryFolder } from './support/temporary-folder.js';
import { uniqueName } from './support/unique-name.js';

useTemporaryFolder();
afterEach(killPrograms);

const requests = 100_000;
const deaths = 5;
const aborted = new Error('aborted on purpose');

type Outcome = 'answer' | 'failure' | 'abort' | 'timeout' | 'death' | 'busy';

test('100,000 requests with random aborts, timeouts and server deaths: each settles once, and none is left behind', async () => {
	const seed = Number(process.env.RINGWIRE_SEED ?? randomInt(2 ** 32));
	console.log(`RINGWIRE_SEED=${seed}`);
	const random = randomFrom(seed);
	const service = stormService(uniqueName());
	const outcomes: Record<Outcome, number> = { answer: 0, failure: 0, abort: 0, timeout: 0, death: 0, busy: 0 };
	const kinds: StormRequest['does'][] = ['echo', 'echo', 'echo', 'later', 'later', 'fail', 'never'];
	let sent = 0;

	for (let life = 0; life <= deaths; life++) {
		const program = startProgram('service-server', { channel: service.name });
		const client = await connectService(service, { inFlightMax: 256 });
		const quota = Math.ceil((requests * (life + 1)) / (deaths + 1));

		const one = async () => {
			const request: StormRequest = { n: sent++, does: kinds[Math.floor(random() * kinds.length)] ?? 'echo' };
			const abort = new AbortController();
			const patient = random() < 0.8 && request.does !== 'never';
			const gives = patient ? 'nothing' : random() < 0.5 ? 'abort' : 'timeout';
			if (gives === 'abort') setTimeout(() => abort.abort(aborted), random() * 3);
			const timeoutMs = gives === 'timeout' ? random() * 3 : undefined;
			try {
				const answer = await client.request(request, { timeoutMs, signal: abort.signal });
				expect(answer).toBe(request.n);
				expect(['echo', 'later']).toContain(request.does);
				outcomes.answer++;
			} catch (error) {
				outcomes[outcomeOf(error, request)]++;
			}
		};
		const worker = async () => {
			while (sent < quota) {
				if (client.closed) return;
				await one();
			}
		};
		const workers = Array.from({ length: 200 }, worker);
		if (life < deaths) {
			await Promise.race([
				Promise.all(workers),
				new Promise((resolve) => setTimeout(resolve, 100 + random() * 300)),
			]);
			await program.kill();
			await Promise.all(workers);
			expect(await client.whenClosed()).toBe('died');
			await expect(client.request({ n: 0, does: 'echo' })).rejects.toMatchObject({
				code: 'ERR_RINGWIRE_PEER_DIED',
			});
		} else {
			await Promise.all(workers);
			// Cancellations travel in order with requests: this one comes behind all of them.
			expect(await client.request({ n: -1, does: 'echo' })).toBe(-1);
			program.child.send('count');
			expect(await program.received<{ inFlight: number }>('count')).toMatchObject({ inFlight: 0 });
		}
		expect(client.inFlight).toBe(0);
		await client.close();
	}
	console.log(outcomes);
	expect(sent).toBeGreaterThanOrEqual(requests);
	const settled = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
	expect(settled).toBe(sent);
	for (const outcome of ['answer', 'failure', 'abort', 'timeout', 'death'] as const) {
		expect(outcomes[outcome], outcome).toBeGreaterThan(0);
	}
});

function outcomeOf(error: unknown, { n }: StormRequest): Outcome {
	if (error === aborted) return 'abort';
	if (error instanceof RemoteError) {
		expect(error).toMatchObject({ name: 'RangeError', message: `no ${n}`, code: 'E_STORM', data: { n } });
		return 'failure';
	}
	if (!(error instanceof RingwireError)) throw error;
	switch (error.code) {
		case 'ERR_RINGWIRE_TIMEOUT':
			return 'timeout';
		case 'ERR_RINGWIRE_PEER_DIED':
			return 'death';
		case 'ERR_RINGWIRE_BUSY':
			return 'busy';
		default:
			throw error;
	}
}
