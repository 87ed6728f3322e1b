import { expectAccessible, look, looks } from './axe';
import { expect, test } from './test';

type Row = { name: string; title?: string; kind: string; coverage: number; used_by: string[]; per?: string };

async function someMetric(page: import('@playwright/test').Page): Promise<Row> {
  const answer = page.waitForResponse((r) => r.url().endsWith('/api/v1/metrics'));
  await page.goto('/health/metrics');
  const { items } = (await (await answer).json()) as { items: Row[] };
  return items.find((m) => m.kind === 'count' && m.coverage > 0 && !m.per && m.used_by.length > 0)!;
}

test('a metric says what it means, who has it and who reads it', async ({ page }) => {
  const m = await someMetric(page);
  const answer = page.waitForResponse((r) => r.url().includes(`/api/v1/metrics/${m.name}`));
  await page.getByRole('link', { name: m.title || m.name, exact: true }).first().click();
  const detail = (await (await answer).json()) as { subjects: number; histogram: { count: number }[]; coverage: number };
  expect(detail.histogram.reduce((sum, b) => sum + b.count, 0)).toBe(Math.round(detail.coverage * detail.subjects));
  await expect(page.getByRole('heading', { name: 'Where it is used' })).toBeVisible();
  await expect(page.getByRole('link', { name: m.used_by[0]! }).first()).toBeVisible();
  await page.goto('/health/metrics/no_such_metric');
  await expect(page.getByRole('link', { name: 'Write it' })).toBeVisible();
});

test('a text is tried as it is typed, and refused at its line', async ({ page }) => {
  const m = await someMetric(page);
  await page.goto(`/health/metrics/${m.name}?edit=true`);
  const text = page.getByRole('textbox', { name: `The metric ${m.name} as YAML` });
  await expect(text).toHaveValue(new RegExp(`name: ${m.name}`));
  await page.getByRole('combobox', { name: 'Try it on' }).click();
  const tried = page.waitForResponse((r) => r.url().includes('/try') && (r.request().postDataJSON() as { account?: string }).account !== undefined);
  await page.getByRole('option').first().click();
  expect((await tried).status()).toBe(200);
  await expect(page.getByText('as now')).toBeVisible();
  const was = await text.inputValue();
  await text.fill(`${was.trimEnd()}\nwindows: 28d\n`);
  await expect(page.getByRole('status').filter({ hasText: '1 error' })).toBeVisible();
  await page.getByRole('button', { name: /^line \d+/ }).click();
  await expect(text).toBeFocused();
  await expect(page.getByRole('button', { name: 'Plan' })).toBeDisabled();
  await text.fill(was.replace(/window: \w+/, 'window: 84d'));
  await expect(page.getByText(/would change$/)).toBeVisible();
  const planned = page.waitForResponse((r) => r.url().includes('/api/v1/model/plan'));
  await page.getByRole('button', { name: 'Plan' }).click();
  const plan = (await (await planned).json()) as { changes: { object: string; name: string }[] };
  expect(plan.changes).toEqual([expect.objectContaining({ object: 'metric', name: m.name })]);
  await expect(page.getByRole('button', { name: /^Apply as version/ })).toBeVisible();
  await page.getByRole('button', { name: 'Undo all' }).click();
  await expect(text).toHaveValue(was);
});

for (const as of looks) {
  test(`a metric is accessible: ${as.name}`, async ({ page }) => {
    test.slow();
    await look(page, as);
    const m = await someMetric(page);
    for (const path of [`/health/metrics/${m.name}`, `/health/metrics/${m.name}?edit=true`, '/health/metrics/no_such_metric?edit=true']) {
      await page.goto(path);
      await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
      await expect(page.getByText('Trying')).toHaveCount(0);
      await expectAccessible(page);
    }
  });
}
