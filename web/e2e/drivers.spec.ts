import { expectAccessible, look, looks } from './axe';
import { expect, test } from './test';

test('drivers predict and never cause, or say why nothing can be said', async ({ page }) => {
  await page.goto('/health');
  const answer = page.waitForResponse((r) => r.url().includes('/api/v1/drivers'));
  await page.getByRole('link', { name: 'Drivers' }).click();
  const report = (await (await answer).json()) as { headline: string; refusal?: string; tests: number };
  await expect(page.getByRole('heading', { name: report.headline })).toBeVisible();
  await expect(page.getByText(report.refusal || 'To predict is not to cause')).toBeVisible();
});

test('the outcome and what is listed stand in the address', async ({ page }) => {
  await page.goto('/health/drivers?all=true&horizon=30d');
  await expect(page.getByRole('switch', { name: /not shown to predict/ })).toBeChecked();
  await expect(page.getByRole('combobox', { name: 'Ahead' })).toHaveValue('30 days');
  await page.goto('/health/drivers?as_of=2001-01-01');
  await expect(page.getByRole('heading', { name: /cannot say/ })).toBeVisible();
  await page.goto('/health/drivers?outcome=no_such_metric');
  await expect(page.getByRole('alert')).toContainText('no account metric');
});

for (const as of looks) {
  test(`drivers are accessible: ${as.name}`, async ({ page }) => {
    test.slow();
    await look(page, as);
    for (const path of ['/health/drivers?all=true&horizon=30d', '/health/drivers?as_of=2001-01-01']) {
      const answer = page.waitForResponse((r) => r.url().includes('/api/v1/drivers'));
      await page.goto(path);
      await answer;
      await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
      await expectAccessible(page);
    }
  });
}
