import { test as base, expect } from '@playwright/test';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the signed-in browser state is kept for one run. */
export const STATE = join(tmpdir(), `kept-e2e-state-${process.env.USER ?? 'user'}.json`);

/** A test in a signed-in browser; a page that logs an error fails it. */
export const test = base.extend<{ errors: string[] }>({
  baseURL: async ({}, give) => {
    await give(process.env.KEPT_E2E_BASE);
  },
  storageState: STATE,
  errors: [
    async ({ page }, give) => {
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.message));
      await give(errors);
      expect(errors).toEqual([]);
    },
    { auto: true },
  ],
});

/** A test in a browser of which the server knows nothing. */
export const stranger = test.extend({ storageState: { cookies: [], origins: [] } });

export { expect };
export const credentials = () => ({ email: process.env.KEPT_E2E_EMAIL!, password: process.env.KEPT_E2E_PASSWORD! });
