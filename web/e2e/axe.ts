import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect } from './test';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

export const looks = [
  { name: 'light, wide', theme: 'light', width: 1440, height: 900 },
  { name: 'dark, wide', theme: 'dark', width: 1440, height: 900 },
  { name: 'light, narrow', theme: 'light', width: 360, height: 780 },
  { name: 'dark, narrow', theme: 'dark', width: 360, height: 780 },
] as const;

export async function look(page: Page, as: (typeof looks)[number]) {
  await page.emulateMedia({ colorScheme: as.theme, reducedMotion: 'reduce' });
  await page.setViewportSize({ width: as.width, height: as.height });
}

/** Holds what is on the page to WCAG 2.2 AA, and to not scrolling sideways. */
export async function expectAccessible(page: Page) {
  const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
  const found = violations.map((v) => `${v.id}: ${v.help}\n  ${v.nodes.slice(0, 4).map((n) => `${n.target.join(' ')}  ${n.failureSummary?.split('\n')[1] ?? ''}`).join('\n  ')}`);
  expect(found, found.join('\n')).toEqual([]);
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(sideways, 'the page scrolls sideways').toBeLessThanOrEqual(0);
}
