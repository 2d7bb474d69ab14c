import { defineDuplex, json, utf8 } from 'ringwire';

export interface Line {
	readonly number: number;
	readonly text: string;
}

/** Each direction has its own codec, and may have its own policy. */
export const echo = defineDuplex({
	name: 'example-echo',
	toServer: { codec: json<Line>() },
	toClient: { codec: utf8() },
});
