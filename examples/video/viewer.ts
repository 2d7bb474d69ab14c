import { setTimeout as sleep } from 'node:timers/promises';
import { type Lease, openReader } from 'ringwire';
import { latestFrom, pullMap } from 'ringwire/observables';
import { lastValueFrom, tap } from 'rxjs';
import { everyFrame, newestFrame, slowMs, type Viewer } from './channel.js';
import { Sightings } from './measure.js';

const viewer = (process.argv[2] ?? 'every') as Viewer;
const sightings = new Sightings(viewer);
const look = (frame: Lease<Buffer>) => sightings.look(frame.bytes);

switch (viewer) {
	case 'every':
		for await (const frame of openReader(everyFrame).leases()) look(frame);
		break;
	case 'newest':
		await lastValueFrom(latestFrom(newestFrame, { lease: true }).pipe(tap(look)), { defaultValue: undefined });
		break;
	case 'slow': {
		const work = async (frame: Lease<Buffer>) => {
			using kept = frame.keep(); // it stays as it is during the work
			await sleep(slowMs);
			look(kept);
		};
		await lastValueFrom(latestFrom(newestFrame, { lease: true }).pipe(pullMap(work)), { defaultValue: undefined });
	}
}
sightings.print();
