import type { APIRequestContext } from '@playwright/test';
import { expectAccessible, look, looks } from './axe';
import { expect, test } from './test';

const headers = { 'X-Kept-CSRF': '1' };

/** Two accounts of two systems that may be one; returns their names and ids. */
async function twins(request: APIRequestContext) {
  const stamp = `${Date.now()}${Math.floor(Math.random() * 1000)}`;
  const make = async (name: string, source: string) => {
    const answer = await request.post('/api/v1/accounts', { headers, data: { name, domain: `twin${stamp}.example`, since: '2025-01-01', external: { source, external: `${source}-${stamp}` } } });
    expect(answer.ok(), await answer.text()).toBe(true);
    return ((await answer.json()) as { id: string }).id;
  };
  const keep = await make(`Twin ${stamp} GmbH`, 'salesforce');
  const drop = await make(`TWIN ${stamp}`, 'stripe');
  const proposed = await request.post('/api/v1/identity/propose', { headers });
  expect(proposed.ok(), await proposed.text()).toBe(true);
  return { keep, drop, keepName: `Twin ${stamp} GmbH`, dropName: `TWIN ${stamp}` };
}

test('a pair is compared, merged, and taken back', async ({ page }) => {
  test.slow();
  const t = await twins(page.request);
  await page.goto('/data/identity');
  await page.getByRole('button', { name: new RegExp(t.dropName) }).click();
  await expect(page.getByRole('heading', { name: 'Are these one company?' })).toBeVisible();
  await expect(page.getByRole('table', { name: 'Fields of both accounts' })).toContainText('it belongs to the account that stays');
  await page.getByLabel('Note').fill('same domain');
  await page.getByRole('button', { name: `Merge into ${t.keepName}` }).click();
  await expect(page.getByRole('button', { name: new RegExp(t.dropName) })).toHaveCount(0);
  await page.goto(`/accounts/${t.keep}/attributes`);
  await expect(page.getByRole('heading', { name: /What each system says/ })).toBeVisible();
  await page.goto('/data/identity?state=done');
  await page.getByRole('button', { name: new RegExp(t.dropName) }).click();
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await expect(page.getByRole('button', { name: new RegExp(t.dropName) })).toHaveCount(0);
  await page.goto(`/accounts/${t.drop}`);
  await expect(page.getByRole('heading', { level: 1 })).toContainText(t.dropName);
});

test('an order that names a system twice is refused where it stands', async ({ page }) => {
  const refused = await page.request.put('/api/v1/identity/orders', { headers, data: { items: [{ field: 'name', sources: ['a', 'a'] }] } });
  expect(refused.status()).toBe(422);
  expect(await refused.text()).toContain('twice');
});

for (const as of looks) {
  test(`identity is accessible: ${as.name}`, async ({ page }) => {
    test.slow();
    await look(page, as);
    const t = await twins(page.request);
    for (const path of ['/data/identity', '/data/identity?state=done', '/data/identity?state=undone', '/data/identity?state=rejected', `/accounts/${t.keep}/attributes`]) {
      await page.goto(path);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
      await expectAccessible(page);
    }
  });
}
