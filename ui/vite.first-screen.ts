import type { Plugin, Rollup } from 'vite';

/** The pages that a start shows or passes through, and the counter's, which no customer opens. */
const shown = ['+layout', '+error', '+page', 'agenda/+layout', 'agenda/+page'];
const counter = ['counter/+page'];

/** What the framework makes for each page, and what the translations make of each sentence. */
const page = /\/nodes\/\d+\.js$/;
const sentence = /\/paraglide\/messages\/(\w+)\.js$/;

/**
 * Divides the one file of script into three: what the first screen needs, what only the counter needs, and the rest.
 * A start reads and runs only the first; whatever a module there imports lies there too, so no file waits for another.
 */
export function firstScreen(): Plugin {
  return {
    name: 'datebook-first-screen',
    generateBundle(_, files) {
      for (const file of Object.values(files))
        if (file.type === 'chunk' && file.name === 'first' && file.imports.length > 0)
          this.error(`the first screen waits for ${file.imports.join(', ')}`);
    },
    config: {
      order: 'post',
      handler: (config, { isSsrBuild }) => {
        const output = config.build?.rollupOptions?.output;
        if (isSsrBuild || !output || Array.isArray(output)) return;
        output.inlineDynamicImports = false;
        let parts: { first: Set<string>; rest: Set<string> } | undefined;
        output.manualChunks = (id, graph) => {
          parts ??= divide(graph);
          return parts.first.has(id) ? 'first' : parts.rest.has(id) ? 'rest' : 'counter';
        };
      },
    },
  };
}

function divide(graph: Rollup.ManualChunkMeta): { first: Set<string>; rest: Set<string> } {
  const info = (id: string) => graph.getModuleInfo(id)!;
  const ids = [...graph.getModuleIds()];
  const of = (names: string[]) => (id: string) =>
    page.test(id) && info(id).importedIds.some((file) => names.some((name) => file.includes(`/src/routes/${name}.`)));

  const first = new Set(ids.filter((id) => info(id).isEntry || of(shown)(id)));
  for (const id of first) info(id).importedIds.forEach((imported) => first.add(imported));
  keepSaid(first, info);

  const rest = new Set([...first, ...ids.filter((id) => page.test(id) && !of(counter)(id))]);
  for (const id of rest) {
    const later = info(id).dynamicallyImportedIds.filter((imported) => !page.test(imported));
    [...info(id).importedIds, ...later].forEach((imported) => rest.add(imported));
  }
  keepSaid(rest, info);
  return { first, rest };
}

/** Sentences are imported all together; each belongs to those who say it. */
function keepSaid(modules: Set<string>, info: (id: string) => Rollup.ModuleInfo): void {
  const said = new Set([...modules].flatMap((id) => info(id).code?.match(/(?<=\bm\.)\w+/g) ?? []));
  for (const id of modules) if (sentence.test(id) && !said.has(sentence.exec(id)![1]!)) modules.delete(id);
}
