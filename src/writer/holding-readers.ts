import { holdsBack } from '../definition/channel.js';
import type { ChannelWriter } from './writer.js';

/** The part of an error that states which reader a waiting writer lacks. Empty if it lacks none. */
export function lackOfReaders(writer: ChannelWriter<never>): string {
	const { length } = writer.peers;
	if (!holdsBack(writer.channel.overflow)) return length === 0 ? ': no reader is connected' : '';
	if (writer.holders > 0) return '';
	const lossy = length > 0 ? ', and a lossy reader does not drain' : '';
	return `: no reader that holds back is connected${lossy}`;
}
