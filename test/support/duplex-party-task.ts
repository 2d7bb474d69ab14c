/** What test/programs/duplex-party is told. */
export interface DuplexPartyTask {
	readonly channel: string;
	readonly role: 'server' | 'client';
	/** How many numbers, from 0 on, it writes to each that it is connected to. */
	readonly says: number;
	readonly echoes: boolean;
}
