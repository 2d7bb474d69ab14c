import type { Staging } from './staging.js';

/** A run is staged when it has so many characters. Longer ones gain nothing. */
const lengthEnough = 8 * 1024;
const countMax = 1024;

/** Of UTF-8. */
const characterBytesMax = 4;

/** Texts that are staged together: if all are ASCII, one conversion to UTF-8 instead of one for each. */
export class TextRun {
	#texts: string[] = [];
	#joined = '';
	#longest = 0;

	get count(): number {
		return this.#texts.length;
	}

	/** The run should be staged before the next text is added. */
	get isComplete(): boolean {
		return this.#joined.length >= lengthEnough || this.#texts.length === countMax;
	}

	/** A text that gains nothing from being joined to others, and could make the run longer than a string can be. */
	isLong(text: string): boolean {
		return text.length >= lengthEnough;
	}

	add(text: string): void {
		this.#texts.push(text);
		this.#joined += text;
		if (text.length > this.#longest) this.#longest = text.length;
	}

	/** Returns the texts and empties the run. */
	take(): readonly string[] {
		const texts = this.#texts;
		this.#texts = [];
		this.#joined = '';
		this.#longest = 0;
		return texts;
	}

	/** The room in bytes that `stageAscii` needs. */
	get roomNeeded(): number {
		return this.#joined.length + characterBytesMax;
	}

	/**
	 * Stages all texts and empties the run. False, and nothing is staged: one of them has more than `messageMax` characters or a character that is not
	 * ASCII. There must be room for `count` texts and `roomNeeded` bytes.
	 */
	stageAscii(staging: Staging, messageMax: number): boolean {
		if (this.#longest > messageMax) return false;
		// Every character that is not ASCII takes more bytes than code units. A lone surrogate takes three, and two that meet take four. `write`
		// stops before a character that does not fit: there is room for one more, so that a text that was cut has more bytes than code units too.
		if (staging.slab.write(this.#joined, staging.end) !== this.#joined.length) return false;
		for (const text of this.take()) staging.add(staging.end + text.length);
		return true;
	}
}
