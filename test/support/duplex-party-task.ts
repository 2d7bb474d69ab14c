/** The argument of test/programs/duplex-party. */
export interface DuplexPartyTask {
	readonly channel: string;
	readonly role: 'server' | 'client';
	/** How many numbers, from 0 on, it writes to each that it is connected to. */
	readonly says: number;
	readonly echoes: boolean;
}
