/** The catalogue as a customer looks through it: by category, and by words. */
import type { CatalogueView, ServiceView } from '$lib/host';

/** One heading with what stands under it. */
export interface Section {
  id: string;
  name: string;
  services: ServiceView[];
}

/** Services by category, only those that hold every word, without empty categories. */
export function sections(catalogue: CatalogueView, words: string, category?: string): Section[] {
  const wanted = fold(words).split(/\s+/).filter(Boolean);
  return catalogue.categories
    .filter(({ id }) => !category || id === category)
    .map(({ id, name }) => ({
      id,
      name,
      services: catalogue.services.filter((service) => service.category === id && holds(service, name, wanted)),
    }))
    .filter(({ services }) => services.length > 0);
}

function holds(service: ServiceView, category: string, wanted: string[]): boolean {
  const text = fold(
    [service.name, service.description, category, ...service.variants.map(({ name }) => name)].join(' '),
  );
  return wanted.every((word) => text.includes(word));
}

/** Without capitals and accents: nobody types "Épilation" to find it. */
function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
