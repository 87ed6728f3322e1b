import { expectAccessible, look, looks } from './axe';
import { expect, test } from './test';

type Line = Record<string, number>;

test('the bridge closes, and its bars list the accounts that add up to them', async ({ page }) => {
  const answer = page.waitForResponse((r) => r.url().includes('/revenue/bridge?'));
  await page.goto('/revenue');
  const bridge = (await (await answer).json()) as { whole: { bridge: Line } };
  const l = bridge.whole.bridge;
  expect(l.opening_minor! + l.new_minor! + l.reactivation_minor! + l.expansion_minor! + l.escalation_minor! + l.currency_minor! - l.contraction_minor! - l.churn_minor!).toBe(l.closing_minor);
  await expect(page.getByText('Net retention', { exact: true })).toBeVisible();
  const list = page.waitForResponse((r) => r.url().includes('/revenue/movements?'));
  await page.getByRole('group', { name: 'Accounts behind a bar' }).getByRole('button', { name: /^Closing/ }).click();
  const accounts = (await (await list).json()) as { items: { line: Line }[]; total: number };
  await expect(page).toHaveURL(/kind=closing/);
  await expect(page.getByRole('heading', { name: /Accounts that pay at the end/ })).toBeVisible();
  expect(accounts.total).toBe(l.accounts_closing);
  expect(accounts.items.reduce((a, m) => a + m.line.closing_minor!, 0)).toBe(l.closing_minor);
});

test('groups, time and rules stand in the address', async ({ page }) => {
  await page.goto('/revenue');
  await page.getByRole('combobox', { name: 'By', exact: true }).click();
  const asked = page.waitForResponse((r) => r.url().includes('/revenue/bridge?') && r.url().includes('by=product'));
  await page.getByRole('option', { name: 'product' }).click();
  expect((await asked).ok()).toBe(true);
  await expect(page.getByRole('heading', { name: /By product/ })).toBeVisible();
  const turned = page.waitForResponse((r) => r.url().includes('left_and_returned=path'));
  await page.getByRole('button', { name: 'counts as churn, then as reactivation' }).click();
  expect((await turned).ok()).toBe(true);
  await page.reload();
  await expect(page.getByRole('combobox', { name: 'By', exact: true })).toHaveValue('product');
  await expect(page.getByText('counts as churn, then as reactivation')).toBeVisible();
});

test('a time without revenue says so, and a foreign currency is no error', async ({ page }) => {
  await page.goto('/revenue?as_of=2001-01-01');
  await expect(page.getByText('No revenue in this time')).toBeVisible();
  await page.goto('/revenue?currency=XTS');
  await expect(page.getByText('No revenue in this time')).toBeVisible();
});

for (const as of looks) {
  test(`revenue is accessible: ${as.name}`, async ({ page }) => {
    test.slow();
    await look(page, as);
    for (const path of ['/revenue', '/revenue?by=cohort&kind=new', '/revenue?as_of=2001-01-01']) {
      const answer = page.waitForResponse((r) => r.url().includes('/revenue/bridge?'));
      await page.goto(path);
      await answer;
      await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
      await expectAccessible(page);
    }
  });
}
