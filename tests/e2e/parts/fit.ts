/** Whether a screen fits a small phone and a thumb. */
import type { Page } from '@playwright/test';

/** Elements that are smaller than a thumb: less than 44 CSS pixels on either side. Links within a sentence may be. */
export async function smallTargets(page: Page): Promise<string[]> {
	return page.evaluate(() =>
		[...document.querySelectorAll<HTMLElement>('button, a.button, [role=tab], summary, select, input:not([type=hidden])')]
			.filter((one) => one.getClientRects().length > 0 && getComputedStyle(one).visibility !== 'hidden')
			// What is outside the window until it has the focus is for keyboards; a label around a field is its target.
			.filter((one) => !one.closest('.visually-hidden, .skip'))
			.map((one) => ({ one: one.closest('label') ?? one, name: one.getAttribute('aria-label') ?? one.innerText }))
			.map(({ one, name }) => ({ name: name.trim() || one.outerHTML.slice(0, 60), box: one.getBoundingClientRect() }))
			.filter(({ box }) => box.width < 43.5 || box.height < 43.5)
			.map(({ name, box }) => `${name}: ${Math.round(box.width)} × ${Math.round(box.height)}`)
	);
}

/** What makes a page scroll sideways. */
export const tooWide = (page: Page) =>
	page.evaluate(() => {
		const { clientWidth, scrollWidth } = document.documentElement;
		if (scrollWidth <= clientWidth) return [];
		const guilty = [...document.body.querySelectorAll<HTMLElement>('*')].filter(
			(one) => one.getBoundingClientRect().right > clientWidth + 1
		);
		return [`${scrollWidth} pixels in ${clientWidth}`, ...guilty.slice(0, 5).map((one) => one.outerHTML.slice(0, 120))];
	});
