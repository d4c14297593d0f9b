/** Counts how often what the host shows of a business may have changed: the host says so, and time passes. */
import { host } from '$lib/host';
import { asTimePasses } from '$lib/time';

export class Changes {
  count = $state(0);

  /** Must be made while a component is set up. */
  constructor(business: () => string | undefined) {
    $effect(() => {
      const id = business();
      if (!id) return;
      return host().events((event) => {
        if (event.event === 'changed' && event.business === id) this.count += 1;
      });
    });
    asTimePasses(business, () => (this.count += 1));
  }
}
