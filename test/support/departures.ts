import type { Connection, DepartureReason } from 'ringwire';

/** Every `disconnect` of a connection and its two handles, in order, each with the connection's `closeReason` at that moment. */
export function departuresOf(connection: Connection<number, number>): string[] {
	const { writer, reader } = connection;
	const events: string[] = [];
	const add = (who: string, reason: DepartureReason) => events.push(`${who} ${reason}, ${connection.closeReason}`);
	connection.on('disconnect', ({ reason }) => add('connection', reason));
	writer.on('disconnect', ({ reason }) => add('writer', reason));
	reader.on('disconnect', ({ reason }) => add('reader', reason));
	return events;
}

/** The list of `departuresOf` if each has emitted the event once, in this order. */
export function emittedInOrder(reason: DepartureReason): string[] {
	return ['writer', 'connection', 'reader'].map((who) => `${who} ${reason}, ${reason}`);
}
