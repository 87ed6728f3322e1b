import { expect, test } from './test';
import { expectAccessible, look, looks } from './axe';

const ANSWER = /^\s*(Tested out of time|Described, not claimed|No probability of its own yet|Stopped: a leak check failed)\s*$/;

test('the forecast says what it is worth before it says who may leave', async ({ page }) => {
  await page.goto('/health');
  await page.getByRole('link', { name: 'Churn forecast' }).click();
  await expect(page).toHaveURL(/\/health\/churn$/);
  await expect(page.getByText(ANSWER).first()).toBeVisible();
  await expect(page.getByRole('heading', { name: /Renewals of the next 90 days/ })).toBeVisible();
});

test('renewals are sorted by what is asked, and the address keeps it', async ({ page }) => {
  await page.goto('/health/churn');
  const table = page.getByRole('region', { name: 'Accounts' }).getByRole('table');
  await expect(table).toBeVisible();
  await table.getByRole('button', { name: 'ARR' }).click();
  await expect(page).toHaveURL(/sort=-arr/);
  await page.reload();
  await expect(table.getByRole('columnheader', { name: 'ARR' })).toHaveAttribute('aria-sort', 'descending');
  await page.getByText('All customers').click();
  await expect(page).toHaveURL(/list=all/);
  await expect(page.getByRole('heading', { name: /All customers, 90 days ahead/ })).toBeVisible();
});

test('an account has a probability with its interval, or a sentence why not', async ({ page }) => {
  await page.goto('/health/churn?list=all&sort=name');
  const link = page.getByRole('region', { name: 'Accounts' }).getByRole('link').first();
  const href = await link.getAttribute('href');
  await page.goto(`${href}/health`);
  const panel = page.locator('section', { has: page.getByRole('heading', { name: /How probable it is that they leave/ }) });
  await expect(panel.getByText(/95 %: .* to |Being calculated|snapshots left within|days of a cut-off|did not|does not|The data span|hardly any/).first()).toBeVisible();
});

test('curves by what is asked, with those at risk, and the address restores them', async ({ page }) => {
  await page.goto('/health/survival');
  await expect(page.getByRole('heading', { name: /At risk/ })).toBeVisible();
  await page.getByRole('combobox', { name: 'Grouped by' }).click();
  const asked = page.waitForResponse((r) => r.url().includes('/survival?') && r.url().includes('by=product_line'));
  await page.getByRole('option', { name: 'Product line' }).click();
  expect((await asked).ok()).toBe(true);
  await expect(page).toHaveURL(/by=product_line/);
  const chips = page.getByRole('group', { name: 'Curves by product line' }).getByRole('button');
  const before = await chips.count();
  await chips.first().click();
  await expect(chips.first()).toHaveAttribute('aria-pressed', 'false');
  await page.reload();
  await expect(page.getByRole('combobox', { name: 'Grouped by' })).toHaveValue('Product line');
  await expect(chips).toHaveCount(before);
  await expect(chips.first()).toHaveAttribute('aria-pressed', 'false');
});

test('before the data there are words, not an empty page; and an impossible question says what to ask', async ({ page }) => {
  await page.goto('/health/survival?as_of=2001-01-01');
  await expect(page.getByText('The data cannot say yet how long customers stay.')).toBeVisible();
  await page.goto('/health/churn?as_of=2001-01-01');
  await expect(page.getByText('No probability of its own yet').first()).toBeVisible();
  await page.goto('/health/churn?horizon=900d');
  await expect(page.getByRole('alert').first()).toContainText('30d to 365d');
});

for (const as of looks) {
  test(`churn and survival are accessible: ${as.name}`, async ({ page }) => {
    test.slow();
    await look(page, as);
    for (const path of ['/health/churn', '/health/churn?list=all', '/health/survival', '/health/survival?by=cohort', '/health/survival?as_of=2001-01-01']) {
      await page.goto(path);
      await expect(path.includes('churn') ? page.getByText(ANSWER).first() : page.getByRole('combobox', { name: 'Grouped by' })).toBeVisible();
      await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
      await expectAccessible(page);
    }
  });
}
