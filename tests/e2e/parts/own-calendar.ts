/** The desktop's own calendar, read and changed by libecal as any other program would. */
import { fileURLToPath } from 'node:url';
import { run } from './process';

/** An event in it. */
export interface OwnEvent {
	uid: string;
	sequence: number;
	title: string;
	/** In UTC, to the second. */
	start: string;
	end: string;
	/** All of it, as iCalendar. */
	text: string;
}

const script = fileURLToPath(new URL('own-calendar.py', import.meta.url));

// The system's Python: it has the system's libecal.
async function ask(...args: string[]): Promise<string> {
	return run('/usr/bin/python3', [script, ...args], { PYTHONWARNINGS: 'ignore' });
}

/** To the second and in UTC, whatever form an instant has. */
export function second(at: string): string {
	return new Date(at).toISOString().replace('.000', '');
}

export const ownCalendar = {
	async events(): Promise<OwnEvent[]> {
		const lines = (await ask('list')).trim().split('\n');
		return JSON.parse(lines.at(-1)!) as OwnEvent[];
	},
	add: (title: string, start: string, end: string) => ask('add', title, second(start), second(end)),
	move: (uid: string, start: string) => ask('move', uid, second(start)),
	copy: (uid: string, ...title: string[]) => ask('copy', uid, ...title),
	clear: () => ask('clear')
};
