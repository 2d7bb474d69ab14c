import { defineDuplex, json } from 'ringwire';

export interface Said {
	readonly by: string;
	readonly text: string;
}

export const chat = defineDuplex({
	name: 'example-chat',
	toServer: { codec: json<Said>() },
	toClient: { codec: json<Said>() },
});
