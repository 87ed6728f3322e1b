import type { Page } from '@playwright/test';
import { expectAccessible, look, looks } from './axe';
import { expect, test } from './test';

const rows = (page: Page) => page.getByRole('table', { name: 'Accounts' }).getByRole('rowheader');
const figure = (text: string | null) => Number((text ?? '').replaceAll('−', '-').replaceAll(/[^\d.-]/g, ''));

test('the table sorts and filters on the server, and its URL restores it', async ({ page }) => {
  await page.goto('/accounts');
  await expect(rows(page).first()).toBeVisible();
  await page.getByRole('columnheader', { name: 'Health' }).getByRole('button').click();
  await expect(page).toHaveURL(/sort=score/);

  await page.getByRole('button', { name: 'Filter', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Score', exact: true }).click();
  await page.getByLabel('Value').fill('60');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(page.getByText(/&& score < 60$/)).toBeVisible();
  await expect(page).toHaveURL(/filter=.*score/);
  const said = await page.getByText(/^[\d,]+ accounts?$/).textContent();

  await page.reload();
  await expect(page.getByText('Score below 60')).toBeVisible();
  await expect(page.getByText(/^[\d,]+ accounts?$/)).toHaveText(said!);
  const chips = await page.getByRole('table', { name: 'Accounts' }).getByRole('button', { name: /score \d+.*Explain/ }).evaluateAll((all) => all.map((b) => Number(/score (\d+)/.exec(b.getAttribute('aria-label')!)![1])));
  expect(chips.every((n) => n <= 60)).toBe(true);
  expect(chips).toEqual([...chips].sort((a, b) => a - b));
});

test('a condition that cannot be read is answered with its place', async ({ page }) => {
  await page.goto('/accounts?filter=nonsense_field+%3C+3+%7C%7C+true');
  await expect(page.getByRole('alert')).toContainText('nonsense_field');
});

test('the keyboard moves, peeks, selects, explains', async ({ page }) => {
  await page.goto('/accounts?sort=score');
  await expect(rows(page).first()).toBeVisible();
  const name = (await rows(page).nth(1).getByRole('link').textContent())!;
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await expect(page.getByText('1 selected')).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name })).toBeVisible();
  await page.getByRole('dialog', { name }).getByRole('button', { name: 'Close' }).click();
  await expect(page.getByRole('dialog', { name })).toBeHidden();
  // A closing dialog keeps the keys to itself until it is gone.
  await expect(async () => {
    await page.keyboard.press('e');
    await expect(page.getByRole('dialog', { name: /How the score/ })).toBeVisible({ timeout: 2000 });
  }).toPass();
});

test('the points of an explanation add up to the score', async ({ page }) => {
  await page.goto('/accounts?sort=-arr&filter=known(score)');
  await rows(page).first().waitFor();
  await page.getByRole('button', { name: /Explain$/ }).first().click();
  const table = page.getByRole('dialog').getByRole('table').first();
  await expect(table).toBeVisible();
  const points = await table.locator('tbody tr').evaluateAll((all) => all.filter((tr) => tr.children.length === 5 || (tr.children.length === 2 && !tr.className)).map((tr) => tr.lastElementChild!.textContent));
  const total = await table.locator('tfoot td').last().textContent();
  const sum = points.map(figure).reduce((a, b) => a + b, 0);
  // Each row is rounded to a tenth.
  expect(Math.abs(sum - figure(total))).toBeLessThanOrEqual(0.05 * (points.length + 1));
});

test('a view is saved, shown again, and deleted', async ({ page }) => {
  const name = `Test view ${Date.now()}`;
  await page.goto('/accounts?sort=-arr&filter=score+%3E+10');
  await page.getByRole('button', { name: 'Save as view' }).click();
  await page.getByLabel('Name of the view').fill(name);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const tab = page.getByRole('button', { name, exact: true });
  await expect(tab).toHaveAttribute('aria-pressed', 'true');
  await page.getByRole('button', { name: 'Customers', exact: true }).click();
  await tab.click();
  await expect(page).toHaveURL(/sort=-arr/);
  await expect(page.getByText('Score above 10')).toBeVisible();
  await page.getByRole('button', { name: `More for the view ${name}` }).click();
  await page.getByRole('menuitem', { name: 'Delete this view' }).click();
  await expect(tab).toBeHidden();
});

test('every page of the list arrives by scrolling, without a double', async ({ page }) => {
  await page.route('**/api/v1/accounts?*', async (route) => {
    const url = new URL(route.request().url());
    url.searchParams.set('limit', '20');
    await route.continue({ url: url.toString() });
  });
  await page.goto('/accounts');
  await expect(rows(page).first()).toBeVisible();
  const total = figure(await page.getByText(/^[\d,]+ accounts?$/).textContent());
  const seen = new Set<string>();
  for (let i = 0; i < 60 && seen.size < total; i++) {
    for (const href of await rows(page).getByRole('link').evaluateAll((all) => all.map((a) => a.getAttribute('href')!))) seen.add(href);
    await page.getByRole('region', { name: 'Accounts, scrolls' }).evaluate((r) => r.scrollBy(0, 500));
    await page.waitForTimeout(60);
  }
  expect(seen.size).toBe(total);
});

test('a cell of the grid explains its measure', async ({ page }) => {
  await page.goto('/accounts/grid?sort=score');
  const cell = page.getByRole('table', { name: 'Health grid' }).getByRole('cell').getByRole('button', { name: /value .*Explain$/ }).first();
  await cell.click();
  await expect(page.getByRole('dialog', { name: /How the score/ })).toBeVisible();
  await expect(page).toHaveURL(/explain=acc_/);
});

test('the export holds what is shown', async ({ page }) => {
  await page.goto('/accounts?sort=-arr');
  await expect(rows(page).first()).toBeVisible();
  const first = await rows(page).first().getByRole('link').textContent();
  const total = figure(await page.getByText(/^[\d,]+ accounts?$/).textContent());
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export what is shown as CSV' }).click()]);
  const chunks: Buffer[] = [];
  for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer);
  const lines = Buffer.concat(chunks).toString().trim().split('\r\n');
  expect(lines[0]).toMatch(/^id,Account,Health/);
  expect(lines).toHaveLength(total + 1);
  expect(lines[1]).toContain(first!.includes(',') ? first!.split(',')[0]! : first!);
});

for (const as of looks) {
  test(`accounts are accessible: ${as.name}`, async ({ page }) => {
    await look(page, as);
    await page.goto('/accounts?sort=score&filter=score+%3C+95');
    await expect(rows(page).first()).toBeVisible();
    await expectAccessible(page);
    await page.goto('/accounts/grid');
    await expect(page.getByRole('table', { name: 'Health grid' }).getByRole('rowheader').first()).toBeVisible();
    await expectAccessible(page);
  });

  test(`an explanation is accessible: ${as.name}`, async ({ page }) => {
    await look(page, as);
    await page.goto('/accounts?filter=known(score)&sort=-arr&q=a');
    await rows(page).first().waitFor();
    await page.getByRole('button', { name: /score .*Explain$/ }).first().click();
    await expect(page.getByRole('dialog').getByRole('table').first()).toBeVisible();
    await expectAccessible(page);
  });
}
