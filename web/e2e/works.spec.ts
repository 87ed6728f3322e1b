import { expect, test } from './test';
import { expectAccessible, look, looks } from './axe';

test('a scorecard says whether it works, and with what evidence', async ({ page }) => {
  await page.goto('/health');
  await page.getByRole('link', { name: 'Does it work?' }).first().click();
  await expect(page).toHaveURL(/\/health\/scorecards\/[^/]+\/works$/);
  await expect(page.getByRole('heading', { name: 'How much may be said' })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'What was judged' })).toBeVisible();
  // Whatever the company: an answer, a ladder, and every figure with its interval.
  const answer = page.getByText(/^\s*(It predicts|Not shown to predict|It points the wrong way|Too few departures to say|Cannot be said yet|Stopped: a leak check failed)\s*$/);
  await expect(answer).toBeVisible();
  await expect(page.getByText(/departures?: only counts|departures: |200 departures or more/).first()).toBeVisible();
});

test('the question stands in the address and is answered anew', async ({ page }) => {
  await page.goto('/health/scorecards/default/works');
  await expect(page.getByRole('heading', { name: 'What was judged' })).toBeVisible();
  await page.getByRole('combobox', { name: 'Ahead' }).click();
  const asked = page.waitForResponse((r) => r.url().includes('/validation?') && r.url().includes('horizon=30d'));
  await page.getByRole('option', { name: '30 days' }).click();
  expect((await asked).ok()).toBe(true);
  await expect(page).toHaveURL(/horizon=30d/);
  await page.reload();
  await expect(page.getByRole('combobox', { name: 'Ahead' })).toHaveValue('30 days');
});

test('nobody left before the data began: a refusal in words, not an empty page', async ({ page }) => {
  await page.goto('/health/scorecards/default/works?as_of=2001-01-01');
  await expect(page.getByText('Cannot be said yet')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'The data cannot say yet whether this score works.' })).toBeVisible();
});

test('an unknown scorecard and an impossible horizon are errors that say what to do', async ({ page }) => {
  await page.goto('/health/scorecards/nope/works');
  await expect(page.getByRole('alert')).toContainText('there is no scorecard');
  await page.goto('/health/scorecards/default/works?horizon=900d');
  await expect(page.getByRole('alert')).toContainText('7d to 730d');
});

for (const as of looks) {
  test(`does it work is accessible: ${as.name}`, async ({ page }) => {
    test.slow();
    await look(page, as);
    for (const path of ['/health/scorecards/default/works', '/health/scorecards/default/works?as_of=2001-01-01']) {
      await page.goto(path);
      await expect(page.getByRole('heading', { name: 'What was judged' })).toBeVisible();
      await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
      await expectAccessible(page);
    }
  });
}
