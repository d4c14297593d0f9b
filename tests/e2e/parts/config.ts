/** Where programs keep what their owner has chosen (XDG Base Directory Specification). */

/** Has whatever is started from now on keep it in a folder; what comes back puts an end to that. */
export function configIn(folder: string): () => void {
	const before = process.env.XDG_CONFIG_HOME;
	process.env.XDG_CONFIG_HOME = folder;
	return () => {
		if (before === undefined) delete process.env.XDG_CONFIG_HOME;
		else process.env.XDG_CONFIG_HOME = before;
	};
}
