/** One line of `ringwire doctor`. `advice` is empty if there is nothing to do. */
export interface Finding {
	readonly check: string;
	readonly status: 'ok' | 'warning' | 'error';
	readonly found: string;
	readonly advice: string;
}

export function ok(check: string, found: string): Finding {
	return { check, status: 'ok', found, advice: '' };
}

export function warning(check: string, found: string, advice: string): Finding {
	return { check, status: 'warning', found, advice };
}

export function failure(check: string, found: string, advice: string): Finding {
	return { check, status: 'error', found, advice };
}
