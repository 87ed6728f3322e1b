import type { Page } from '@playwright/test';
import { expectAccessible, look, looks } from './axe';
import { expect, test } from './test';

const figure = (text: string | null) => Number((text ?? '').replaceAll('−', '-').replaceAll('±', '').replaceAll(/[^\d.-]/g, ''));

/** Goes to an account that has a score, and says where it is. */
async function open(page: Page, tab = ''): Promise<string> {
  const list = await page.request.get('/api/v1/accounts?filter=known(score)&sort=-arr&limit=1');
  const { items } = (await list.json()) as { items: { id: string }[] };
  await page.goto(`/accounts/${items[0]!.id}${tab && `/${tab}`}`);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  return items[0]!.id;
}

test('the summary answers without scrolling, in the order of the questions', async ({ page }) => {
  await open(page);
  for (const title of ['How are they', 'What is at stake', 'Who matters', 'What is going on', 'What next']) {
    await expect(page.getByRole('heading', { name: title, exact: true })).toBeInViewport();
  }
  const fits = await page.locator('#main').evaluate((m) => m.scrollHeight <= m.clientHeight + 1);
  expect(fits, 'the summary scrolls at 1440 × 900').toBe(true);
});

test('the points shown add up to the score shown, exactly', async ({ page }) => {
  await open(page, 'health');
  const table = page.getByRole('table', { name: /Measures of the scorecard/ });
  await expect(table).toBeVisible();
  const points = await table.locator('tbody tr:not([class])').evaluateAll((rows) => rows.map((r) => r.children[4]!.textContent));
  const adjusted = await table.locator('tfoot tr:not([class])').evaluateAll((rows) => rows.map((r) => r.children[1]!.textContent));
  const total = figure(await table.locator('tfoot tr').last().locator('td').nth(1).textContent());
  const sum = [...points, ...adjusted].map(figure).reduce((a, b) => a + b, 0);
  expect(sum).toBeCloseTo(total, 6);
});

test('the waterfall leads from the one score to the other, exactly', async ({ page }) => {
  await open(page, 'health');
  for (const days of ['7 days', '30 days', '90 days']) {
    await page.getByText(days, { exact: true }).click();
    const chart = page.getByRole('table', { name: /^What changed between/ });
    if (!(await chart.isVisible({ timeout: 4000 }).catch(() => false))) continue;
    const values = (await chart.getByRole('cell').allTextContents()).map(figure);
    const [from, to] = [values[0]!, values[values.length - 1]!];
    expect(values.slice(1, -1).reduce((a, b) => a + b, from)).toBeCloseTo(to, 6);
  }
});

test('a note stands on the time line, and the past cannot be changed', async ({ page }) => {
  const id = await open(page, 'timeline');
  const subject = `Asked about the rollout ${Date.now()}`;
  await page.getByRole('button', { name: 'Add to the time line' }).click();
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(page.getByText('Say in a few words what it was about')).toBeVisible();
  await page.getByLabel('Subject').fill(subject);
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(page.getByRole('listitem').filter({ hasText: subject })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('listitem').filter({ hasText: subject })).toBeVisible();
  await page.goto(`/accounts/${id}/timeline?as_of=2026-01-05`);
  await expect(page.getByText('The past can be read, not changed.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Add to the time line' })).toBeHidden();
});

test('a refused note is taken back and its text stays', async ({ page }) => {
  await open(page, 'timeline');
  await page.route('**/activities', (route) => route.fulfill({ status: 422, contentType: 'application/problem+json', body: JSON.stringify({ title: 'Unprocessable', status: 422, detail: 'The subject is not allowed.' }) }));
  await page.getByRole('button', { name: 'Add to the time line' }).click();
  await page.getByLabel('Subject').fill('Never saved');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText('The subject is not allowed.');
  await expect(page.getByLabel('Subject')).toHaveValue('Never saved');
  await expect(page.getByRole('listitem').filter({ hasText: 'Never saved' })).toBeHidden();
});

test('an override shows who, why and until when, and is lifted', async ({ page }) => {
  await open(page, 'health');
  await page.getByRole('button', { name: 'Override', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('The score', { exact: true }).click();
  await dialog.getByRole('textbox', { name: 'Score' }).fill('12');
  const reason = `Their board decided to leave ${Date.now()}`;
  await dialog.getByLabel('Reason').fill(reason);
  await dialog.getByRole('button', { name: 'Override', exact: true }).click();
  const banner = page.getByText(new RegExp(`set the score to 12 on .*${reason}`));
  await expect(banner).toBeVisible();
  await page.getByRole('button', { name: 'Lift it' }).click();
  await expect(banner).toBeHidden();
});

test('a number explains itself, and its address opens the explanation', async ({ page }) => {
  await open(page);
  await page.getByRole('button', { name: 'Explain the ARR' }).click();
  await expect(page.getByRole('dialog', { name: /How this number/ })).toContainText('Where it comes from');
  await page.reload();
  await expect(page.getByRole('dialog', { name: /How this number/ })).toContainText('Where it comes from');
});

test('a number leads to exactly the rows behind it', async ({ page }) => {
  const id = await open(page);
  await page.goto(`/accounts/${id}?explain=${id}~active_days_28d`);
  const rows = page.getByRole('dialog').getByRole('link', { name: / × / }).first();
  const count = Number((await rows.textContent())!.split(' × ')[0]!.replaceAll(',', ''));
  await rows.click();
  await expect(page.getByText(new RegExp(`^${count.toLocaleString('en-US')} events?$`))).toBeVisible();
});

test('the past is as it was known, or as corrected since', async ({ page }) => {
  const id = await open(page);
  await page.goto(`/accounts/${id}/health?as_of=2026-01-05`);
  await expect(page.getByText('from what was known then')).toBeVisible();
  const asked = page.waitForRequest((r) => r.url().includes('/health?') && r.url().includes('known=now'));
  await page.getByRole('button', { name: 'As corrected since' }).click();
  await asked;
  await expect(page.getByText('with what became known since')).toBeVisible();
  await page.getByRole('button', { name: 'As it was known then' }).click();
  await expect(page).not.toHaveURL(/known=/);
});

test('an account that does not exist says so', async ({ page }) => {
  await page.goto('/accounts/acc_aaaaaaaaaaaaaaaaaaaaaaaa');
  await expect(page.getByRole('alert')).toBeVisible();
});

for (const as of looks) {
  test(`every part of an account is accessible: ${as.name}`, async ({ page }) => {
    test.slow();
    await look(page, as);
    const id = await open(page);
    for (const tab of ['', 'health', 'usage', 'subscriptions', 'people', 'tickets', 'timeline', 'attributes']) {
      await page.goto(`/accounts/${id}/${tab}`);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
      await expectAccessible(page);
    }
  });
}
