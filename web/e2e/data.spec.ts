import { expectAccessible, look, looks } from './axe';
import { expect, test } from './test';

test('events are filtered by their URL, with an exact total', async ({ page }) => {
  await page.goto('/data/events');
  await expect(page.getByText(/^[\d,]+ events?$/)).toBeVisible();
  await page.getByText('Not attributed', { exact: true }).click();
  await expect(page).toHaveURL(/attributed=false/);
  await page.goto('/data/events?name=no_such_event');
  await expect(page.getByText('No event fits')).toBeVisible();
});

test('a token shows its secret once, and is revoked', async ({ page }) => {
  const name = `test ${Date.now()}`;
  await page.goto('/data/keys');
  await page.getByRole('button', { name: 'New token' }).click();
  await page.getByLabel('Name').fill(name);
  await page.getByRole('button', { name: 'Make', exact: true }).click();
  await expect(page.getByText(/^kept_/)).toBeVisible();
  await page.getByRole('button', { name: 'I have copied it' }).click();
  await page.reload();
  await expect(page.getByText(name)).toBeVisible();
  await expect(page.getByText(/^kept_/)).toBeHidden();
  await page.getByRole('button', { name: `Revoke ${name}` }).click();
  await page.getByRole('button', { name: 'Revoke', exact: true }).click();
  await expect(page.getByRole('button', { name: `Revoke ${name}` })).toHaveCount(0);
  await expect(page.getByText(name, { exact: true })).toHaveCount(0);
});

test('a file is inspected, tried without writing, and reported with its rejected rows', async ({ page }) => {
  test.slow();
  await page.goto('/data/imports/new');
  await page.locator('input[type=file]').setInputFiles({ name: 'accounts.csv', mimeType: 'text/csv', buffer: Buffer.from('account_id,account_name,signup_date\nX-1,Quarry & Sons,2024-03-01\nX-2,Bad Date Ltd,not a day\n') });
  await expect(page.getByRole('table', { name: 'Columns' })).toContainText('signup_date');
  await expect(page.getByRole('textbox', { name: 'Mapping as YAML' })).not.toHaveValue('');
  await page.getByRole('button', { name: 'Dry run', exact: true }).click();
  await expect(page.getByText('Nothing was written.')).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole('heading', { name: 'Quality of the data' })).toBeVisible();
});

for (const as of looks) {
  test(`data is accessible: ${as.name}`, async ({ page }) => {
    test.slow();
    await look(page, as);
    for (const path of ['/data', '/data/imports', '/data/imports/new', '/data/events', '/data/model', '/data/users', '/data/keys', '/data/audit']) {
      await page.goto(path);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
      await expectAccessible(page);
    }
  });
}
