/** Counts how often the host said that what it shows of a business may have changed. */
import { host } from '$lib/host';

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
  }
}
