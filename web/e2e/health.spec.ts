import { expectAccessible, look, looks } from './axe';
import { expect, test } from './test';

test('the scorecards say that they are ours, and whom they judge', async ({ page }) => {
  await page.goto('/health');
  await expect(page.getByRole('link', { name: 'Default health' })).toBeVisible();
  await expect(page.getByText(/every account that no other scorecard takes/).first()).toBeVisible();
});

test('a change shows who would move before it is saved, and leaving asks first', async ({ page }) => {
  await page.goto('/health/scorecards/default');
  const preview = page.getByRole('complementary', { name: 'What it would do' });
  await expect(preview).toContainText('Nothing would change');
  await page.getByRole('textbox', { name: 'Weight of Outcomes' }).fill('300');
  await expect(preview).toContainText(/would change band|would move/);
  await expect(preview.getByText('What the past would have looked like')).toBeVisible();
  await page.getByRole('link', { name: 'Home', exact: true }).click();
  await expect(page.getByRole('dialog', { name: 'Leave without saving?' })).toBeVisible();
  await page.getByRole('button', { name: 'Stay' }).click();
  await page.getByRole('button', { name: 'Undo all' }).click();
  await expect(preview).toContainText('Nothing would change');
});

test('what the form changes stands in the YAML', async ({ page }) => {
  await page.goto('/health/scorecards/default');
  await page.getByRole('textbox', { name: 'Weight of Engagement' }).fill('23');
  await page.getByRole('link', { name: 'YAML' }).click();
  await expect(page.getByText('No errors')).toBeVisible();
  const text = await page.getByRole('textbox', { name: 'The model as YAML' }).inputValue();
  expect(text).toMatch(/key: engagement\n\s+title: Engagement\n\s+weight: 23/);
});

test('an error of the model names its line and leads there', async ({ page }) => {
  await page.goto('/data/model');
  const area = page.getByRole('textbox', { name: 'The model as YAML' });
  await expect(area).not.toHaveValue('');
  await area.fill('kept: 1\nmetrics:\n  - name: x\n    kind: nonsense\n');
  await expect(page.getByRole('button', { name: /^line \d+/ }).first()).toBeVisible();
  await expect(page.getByRole('button', { name: 'Plan' })).toBeDisabled();
});

test('a saved version stands in the list with its difference, and is undone', async ({ page }) => {
  test.slow();
  await page.goto('/health/scorecards/default');
  const weight = page.getByRole('textbox', { name: 'Weight of Deployment' });
  const before = Number(await weight.inputValue());
  await weight.fill(String(before + 1));
  await page.getByRole('button', { name: 'Save as a version' }).click();
  await page.getByLabel('Note').fill('One more for deployment');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText(/^Saved as version \d+/)).toBeVisible();
  await page.goto('/health/versions');
  await expect(page.getByRole('button', { name: /One more for deployment/ }).first()).toBeVisible();
  await expect(page.getByText(`+ `, { exact: false }).first()).toBeVisible();
  await page.getByRole('list', { name: 'Versions' }).getByRole('button').nth(1).click();
  await page.getByRole('button', { name: 'Go back to this version' }).click();
  const applied = page.waitForResponse((r) => r.url().includes('/api/v1/model/apply') && r.ok());
  await page.getByRole('button', { name: 'Go back', exact: true }).click();
  await applied; // leaving the page at once would cancel the request
  await page.goto('/health/scorecards/default');
  await expect(page.getByRole('textbox', { name: 'Weight of Deployment' })).toHaveValue(String(before));
});

test('a draft is kept, is not in force, and is deleted', async ({ page }) => {
  await page.goto('/health/scorecards/default');
  await page.getByRole('textbox', { name: 'Weight of Outcomes' }).fill('77');
  await page.getByRole('button', { name: 'Keep as a draft' }).click();
  const name = `Heavier outcomes ${Date.now()}`;
  await page.getByRole('textbox', { name: 'Name' }).fill(name);
  await page.getByRole('button', { name: 'Keep the draft' }).click();
  await expect(page.getByRole('list', { name: 'Drafts' }).getByRole('button', { name: new RegExp(name) })).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'The model as YAML' })).toHaveValue(/weight: 77/);
  await page.getByRole('button', { name: 'Plan' }).click();
  await expect(page.getByText('groups.outcomes.weight')).toBeVisible();
  await page.getByRole('button', { name: 'Delete the draft' }).click();
  await expect(page.getByText(name)).toHaveCount(0);
});

for (const as of looks) {
  test(`health is accessible: ${as.name}`, async ({ page }) => {
    test.slow();
    await look(page, as);
    for (const path of ['/health', '/health/metrics', '/health/versions', '/health/drafts', '/health/scorecards/default?measure=active_days', '/health/scorecards/default?tab=bands', '/health/scorecards/default?tab=yaml']) {
      await page.goto(path);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
      await expectAccessible(page);
    }
  });
}
