import type { Page } from '@playwright/test';
import { expectAccessible, look, looks } from './axe';
import { expect, test } from './test';

const figure = (text: string | null) => Number((text ?? '').replaceAll(/[^\d]/g, ''));
const back = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
const matrix = (page: Page) => page.getByRole('table', { name: /by band on/ });

test('two days are compared, and a cell leads to as many accounts as it says', async ({ page }) => {
  await page.goto(`/health/compare?compare_to=${back(90)}`);
  const cells = matrix(page).getByRole('button');
  await expect(cells.first()).toBeVisible();
  // The rows add up to what they say at their end.
  for (const row of await matrix(page).locator('tbody tr').all()) {
    const parts = await row.locator('td button b').allTextContents();
    expect(parts.map(figure).reduce((a, b) => a + b, 0)).toBe(figure(await row.locator('td').last().textContent()));
  }
  const cell = cells.first();
  const n = figure(await cell.locator('b').textContent());
  await cell.click();
  await expect(page).toHaveURL(/from=.*&to=/);
  const list = page.getByRole('table', { name: 'Accounts that moved' });
  await expect(list.getByRole('rowheader').first()).toBeVisible();
  await expect(list).toHaveAttribute('aria-rowcount', String(n + 1));
  await page.reload();
  await expect(list).toHaveAttribute('aria-rowcount', String(n + 1));
  await expect(cell).toHaveAttribute('aria-pressed', 'true');
  await page.getByRole('button', { name: 'Close the list' }).click();
  await expect(list).toBeHidden();
});

test('the flow has the streams of the matrix, and the keyboard picks one', async ({ page }) => {
  await page.goto(`/health/compare?compare_to=${back(90)}`);
  await expect(matrix(page).getByRole('button').first()).toBeVisible();
  const cells = await matrix(page).getByRole('button').count();
  await page.getByText('Flow', { exact: true }).click();
  const streams = page.getByRole('group', { name: /as a flow/ }).getByRole('button');
  await expect(streams).toHaveCount(cells);
  await streams.first().focus();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/view=flow/);
  await expect(page.getByRole('table', { name: 'Accounts that moved' }).getByRole('rowheader').first()).toBeVisible();
});

test('a bar of the distribution finds its accounts', async ({ page }) => {
  await page.goto('/health/distribution');
  const bin = page.getByRole('group', { name: /^Accounts of .* by score/ }).getByRole('button').first();
  const n = figure(/Show ([\d,]+)/.exec((await bin.getAttribute('title'))!)![1]!);
  await bin.click();
  await expect(page).toHaveURL(/\/accounts\?/);
  await expect(page.getByText(new RegExp(`^${n.toLocaleString('en-US')} accounts?$`))).toBeVisible();
});

test('the hierarchy shows an account with those below it', async ({ page }) => {
  const answer = await page.request.get('/api/v1/accounts?limit=500');
  const items = ((await answer.json()) as { items: { id: string; parent_id?: string }[] }).items;
  const child = items.find((a) => a.parent_id)!;
  await page.goto(`/accounts/${child.parent_id}/hierarchy`);
  const rows = page.getByRole('table', { name: 'Hierarchy' }).getByRole('row');
  await expect(rows.nth(1)).toBeVisible();
  const open = await rows.count();
  await page.getByRole('button', { name: /below/ }).first().press('ArrowLeft');
  await expect(rows).toHaveCount(2);
  await page.getByRole('button', { name: /below/ }).first().press('ArrowRight');
  await expect(rows).toHaveCount(open);
  await page.goto(`/accounts/${child.id}/hierarchy`);
  await expect(page.getByRole('navigation', { name: 'Accounts above' })).toBeVisible();
  for (const as of looks.slice(0, 2)) {
    await look(page, as);
    await page.goto(`/accounts/${child.parent_id}/hierarchy`);
    await expect(rows.nth(1)).toBeVisible();
    await expectAccessible(page);
  }
});

test('the grid sorts by a measure on the server', async ({ page }) => {
  await page.goto('/accounts/grid');
  const grid = page.getByRole('table', { name: 'Health grid' });
  await expect(grid.getByRole('rowheader').first()).toBeVisible();
  const sorted = page.waitForResponse((r) => r.url().includes('/health/grid') && r.url().includes('measure'));
  await grid.getByRole('columnheader').nth(2).getByRole('button').click();
  await expect(page).toHaveURL(/sort=measure/);
  const items = ((await (await sorted).json()) as { items: { cells: { score: number | null }[] }[] }).items;
  const scores = items.flatMap((i) => (i.cells[0]!.score == null ? [] : [i.cells[0]!.score]));
  expect(scores).toEqual([...scores].sort((a, b) => a - b));
});

for (const as of looks) {
  test(`comparison and distribution are accessible: ${as.name}`, async ({ page }) => {
    await look(page, as);
    await page.goto(`/health/compare?compare_to=${back(90)}&move=down`);
    await expect(page.getByRole('table', { name: 'Accounts that moved' }).getByRole('rowheader').first()).toBeVisible();
    await expectAccessible(page);
    await page.goto(`/health/compare?compare_to=${back(90)}&view=flow&as_of=${back(20)}`);
    await expect(page.getByRole('group', { name: /as a flow/ }).getByRole('button').first()).toBeVisible();
    await expectAccessible(page);
    await page.goto(`/health/distribution?by=segment&compare_to=${back(60)}`);
    await expect(page.getByRole('group', { name: /^Accounts of .* by score/ }).first()).toBeVisible();
    await expectAccessible(page);
  });
}
