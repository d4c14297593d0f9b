/** Tests of whole ways, which run on each engine that a server may keep its data in: a project says on which. */
import { test as base } from '@playwright/test';

export type Engine = 'sqlite' | 'postgres';

/** Of a test that the projects of the other engine run too. */
export const bothEngines = { tag: '@both-engines' };

export const test = base.extend<object, { engine: Engine }>({ engine: ['sqlite', { option: true, scope: 'worker' }] });
