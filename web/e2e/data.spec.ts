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
    for (const path of ['/data', '/data/connect', '/data/connect?kind=stripe', '/data/imports', '/data/imports/new', '/data/events', '/data/model', '/data/users', '/data/keys', '/data/webhooks', '/data/audit']) {
      await page.goto(path);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
      await expectAccessible(page);
    }
  });
}

test('a system is connected: refused in words where it stands, tested, then deleted', async ({ page }) => {
  await page.goto('/data');
  await page.getByRole('link', { name: 'Connect a system' }).click();
  await page.getByRole('link', { name: /^Zendesk/ }).click();
  await page.getByLabel('Address').fill('http://desk.example');
  await page.getByLabel('E-mail of the agent').fill('kept@example.com');
  await page.getByLabel(/^API token/).fill('a token');
  await page.getByRole('button', { name: 'Test' }).click();
  await expect(page.getByText('is not https: what is sent there would be readable on the way').first()).toBeVisible();
  await page.getByLabel('Address').fill('https://127.0.0.1:1');
  await page.getByRole('button', { name: 'Test' }).click();
  await expect(page.getByText(/leads into the own network/).first()).toBeVisible();
  const name = `Desk ${Date.now()}`;
  await page.getByLabel('Name').fill(name);
  await page.getByRole('combobox', { name: 'Reads' }).click();
  await page.getByRole('option', { name: 'by hand only' }).click();
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await expect(page.getByRole('heading', { name })).toBeVisible();
  await page.getByRole('button', { name: 'Read now' }).click();
  await expect(page.getByRole('alert')).toContainText('The last run failed.');
  await page.getByRole('button', { name: 'Edit' }).click();
  await expect(page.getByLabel(/^API token/)).toHaveValue('');
  await page.getByRole('button', { name: 'Back' }).click();
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('heading', { name: 'Connected systems' })).toBeVisible();
  await expect(page.getByText(name)).toHaveCount(0);
});
