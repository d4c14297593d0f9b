/**
 * The wizard's state machine: what has been chosen, which steps that leaves, and which one is on the screen.
 *
 * **Invariant:** a step is on the screen only when everything before it is chosen; whatever the address says, a choice
 * that the catalogue does not offer (any more) is dropped, and with it everything that rested on it.
 *
 * Steps with nothing to choose are left out: one place, one person, or a service for which customers do not choose.
 */
import type { CatalogueView, PlaceView, ServiceView, StaffView, VariantView } from '$lib/host';

/** A step of the wizard, in this order. */
export type StepName = 'service' | 'place' | 'person' | 'time' | 'review';

/** Whoever is free. No staff id reads like this: slugs have no `*`. */
export const ANYONE = '*';

/** What has been chosen, as ids; nothing of it has been checked. */
export interface Draft {
  service?: string;
  variant?: string;
  place?: string;
  /** A staff id, or {@link ANYONE}. */
  person?: string;
  /** For how many people, as it stands in the address. */
  party?: string;
  /** The date that is open in the calendar. */
  date?: string;
  /** The instant of the chosen start. */
  at?: string;
}

/** What has been chosen, looked up in the catalogue. */
export interface Plan {
  /** The draft without what is not on offer, and without the time that rested on it. */
  draft: Draft;
  service?: ServiceView;
  variant?: VariantView;
  place?: PlaceView;
  /** The person asked for; nothing for whoever is free. */
  staff?: StaffView;
  /** Whether the question "with whom" is answered. */
  personChosen: boolean;
  /** For how many people: one, unless a session takes several. */
  party: number;
  date?: string;
  at?: string;
  /** Where the service is given. */
  places: PlaceView[];
  /** Who gives it there. */
  people: StaffView[];
  /** The steps that there are for this service. */
  steps: StepName[];
}

/** Looks a draft up in the catalogue, dropping what is not on offer. */
export function plan(catalogue: CatalogueView, draft: Draft): Plan {
  const service = catalogue.services.find(({ id, online_booking }) => id === draft.service && online_booking);
  const variant = service && (only(service.variants) ?? service.variants.find(({ id }) => id === draft.variant));
  const kept = { ...draft };
  const chosen: Plan = {
    draft: kept,
    service,
    variant,
    personChosen: false,
    party: 1,
    places: [],
    people: [],
    steps: [],
  };
  chosen.steps = stepsOf(catalogue, chosen);
  if (!service || !variant) return chosen;
  drop(kept, 'variant', variant.id);
  chosen.party = partyOf(service, draft);
  drop(kept, 'party', String(chosen.party));

  chosen.places = catalogue.places.filter(({ id }) => service.places.includes(id));
  const place = only(chosen.places) ?? chosen.places.find(({ id }) => id === draft.place);
  chosen.place = place;
  if (place) {
    chosen.people = catalogue.staff.filter(({ id, places }) => service.staff.includes(id) && places.includes(place.id));
  }
  chosen.steps = stepsOf(catalogue, chosen);
  if (!place) return chosen;
  drop(kept, 'place', place.id);

  chosen.staff = service.choose_staff ? chosen.people.find(({ id }) => id === draft.person) : undefined;
  chosen.personChosen = !chosen.steps.includes('person') || chosen.staff !== undefined || draft.person === ANYONE;
  if (!chosen.personChosen) return chosen;
  drop(kept, 'person', chosen.staff?.id ?? ANYONE);

  chosen.date = kept.date;
  chosen.at = kept.date ? kept.at : undefined;
  return chosen;
}

/** Drops a choice that is not the one found, and the time that was chosen with it. */
function drop(draft: Draft, choice: 'variant' | 'party' | 'place' | 'person', found: string): void {
  if (draft[choice] === undefined || draft[choice] === found) return;
  delete draft[choice];
  delete draft.date;
  delete draft.at;
}

/** What the draft says if a session takes that many, else one. */
function partyOf(service: ServiceView, draft: Draft): number {
  const asked = Number(draft.party ?? 1);
  return Number.isInteger(asked) && asked >= 1 && asked <= service.capacity ? asked : 1;
}

function only<T>(items: readonly T[]): T | undefined {
  return items.length === 1 ? items[0] : undefined;
}

/** As long as nothing is chosen, the steps are those that a customer will probably meet. */
function stepsOf(catalogue: CatalogueView, { service, place, places, people }: Plan): StepName[] {
  const asksPlace = service ? (places.length || service.places.length) > 1 : catalogue.places.length > 1;
  const candidates = place ? people.length : (service?.staff.length ?? catalogue.staff.length);
  const asksPerson = (service?.choose_staff ?? true) && candidates > 1;
  return [
    'service',
    ...(asksPlace ? ['place' as const] : []),
    ...(asksPerson ? ['person' as const] : []),
    'time',
    'review',
  ];
}

/** Whether a step's question is answered. */
export function isAnswered(plan: Plan, step: StepName): boolean {
  switch (step) {
    case 'service':
      return plan.variant !== undefined;
    case 'place':
      return plan.place !== undefined;
    case 'person':
      return plan.personChosen;
    case 'time':
      return plan.at !== undefined;
    case 'review':
      return false;
  }
}

/** The step on the screen: the one asked for if everything before it is answered, else the first that is not. */
export function currentStep(plan: Plan, wanted: string | undefined): StepName {
  const open = plan.steps.find((step) => !isAnswered(plan, step)) ?? 'review';
  const asked = plan.steps.findIndex((step) => step === wanted);
  return asked >= 0 && asked <= plan.steps.indexOf(open) ? plan.steps[asked]! : open;
}

/** Whether a step can be gone to. */
export function isReachable(plan: Plan, step: StepName): boolean {
  return currentStep(plan, step) === step;
}

/** The step before, if there is one. */
export function stepBefore(plan: Plan, step: StepName): StepName | undefined {
  return plan.steps[plan.steps.indexOf(step) - 1];
}

/** The step after, if there is one. */
export function stepAfter(plan: Plan, step: StepName): StepName | undefined {
  return plan.steps[plan.steps.indexOf(step) + 1];
}

/**
 * A draft with another choice. What no longer follows from it is dropped, unless it is chosen anew: another person has
 * other times; another service keeps place and person, which {@link plan} drops if they do not give it; more people may
 * not fit into the chosen time, so a choice of how many repeats the time if it has the seats.
 */
export function choose(draft: Draft, choice: Draft): Draft {
  const changed = { ...draft, ...choice };
  const moved = (['service', 'variant', 'place', 'person'] as const).some((key) => changed[key] !== draft[key]);
  if (moved) {
    if (choice.date === undefined) delete changed.date;
    if (choice.at === undefined) delete changed.at;
  } else if ((changed.date !== draft.date || changed.party !== draft.party) && choice.at === undefined) {
    delete changed.at;
  }
  return changed;
}
