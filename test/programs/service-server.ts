/** Answers requests in a process of its own, see test/service-storm.test.ts; tells on demand how many are under way. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { serve } from 'ringwire';
import { type StormRequest, stormService } from '../support/storm.js';

const name = process.argv[2] ?? '';
let handled = 0;

const server = serve(stormService(JSON.parse(name).channel), async (request: StormRequest, { signal }) => {
	handled++;
	switch (request.does) {
		case 'echo':
			return request.n;
		case 'later':
			for (let i = 0; i < request.n % 7; i++) await nextTurn();
			return request.n;
		case 'fail':
			throw Object.assign(new RangeError(`no ${request.n}`), { code: 'E_STORM', data: { n: request.n } });
		case 'never':
			return new Promise<number>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
	}
});

process.on('message', () => process.send?.({ type: 'count', inFlight: server.inFlight, handled }));
process.send?.({ type: 'ready' });
