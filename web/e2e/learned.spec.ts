import { expectAccessible, look, looks } from './axe';
import { expect, test } from './test';

test('a scorecard has its learned weights, or the reason why there are none', async ({ page }) => {
  await page.goto('/health/scorecards/default/works');
  const answer = page.waitForResponse((r) => r.url().includes('/scorecards/default/learned'));
  await page.getByRole('link', { name: 'Learned weights' }).click();
  const learned = (await (await answer).json()) as { learned: boolean; headline: string; why?: string; weights: { learned: number }[] };
  await expect(page.getByRole('heading', { name: learned.headline })).toBeVisible();
  if (!learned.learned) {
    await expect(page.getByText(learned.why!)).toBeVisible();
    return;
  }
  expect(learned.weights.reduce((a, w) => a + w.learned, 0)).toBeCloseTo(1, 6);
  await expect(page.getByRole('heading', { name: 'Is it better than yours?' })).toBeVisible();
  await expect(page.getByRole('table').first()).toBeVisible();
});

test('the horizon stands in the address, and a past without data is refused in words', async ({ page }) => {
  await page.goto('/health/scorecards/default/learned?horizon=30d');
  await expect(page.getByRole('combobox', { name: 'Ahead' })).toHaveValue('30 days');
  await page.goto('/health/scorecards/default/learned?as_of=2001-01-01');
  await expect(page.getByRole('heading', { name: 'No weights are learned.' })).toBeVisible();
  await page.goto('/health/scorecards/nope/learned');
  await expect(page.getByRole('alert')).toContainText('there is no scorecard');
});

for (const as of looks) {
  test(`learned weights are accessible: ${as.name}`, async ({ page }) => {
    test.slow();
    await look(page, as);
    for (const path of ['/health/scorecards/default/learned?horizon=30d', '/health/scorecards/default/learned?as_of=2001-01-01']) {
      const answer = page.waitForResponse((r) => r.url().includes('/scorecards/default/learned'));
      await page.goto(path);
      await answer;
      await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
      await expectAccessible(page);
    }
  });
}
