import { expectAccessible, look, looks } from './axe';
import { expect, test } from './test';

test('home answers at once: bands, attention, renewals, movers, trend', async ({ page }) => {
  await page.goto('/?owner=all');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('All accounts');
  const strip = page.getByRole('region', { name: 'Bands' });
  const [whole] = (await strip.textContent())!.match(/[\d,]+(?= accounts?)/)!;
  const counts = await strip.getByRole('link').evaluateAll((links) => links.map((a) => Number(/\d[\d,]*/.exec(a.querySelectorAll('span')[1]?.firstChild?.textContent ?? '')?.[0].replaceAll(',', ''))));
  expect(counts.reduce((sum, n) => sum + n, 0), 'the bands add up to all accounts').toBe(Number(whole.replaceAll(',', '')));
  for (const title of ['Needs attention', 'Renewals ahead', 'Falling', 'Rising']) {
    await expect(page.getByRole('heading', { name: title })).toBeInViewport();
  }
  await expect(page.locator('figure svg[baseProfile]')).toBeInViewport();
  await expect(page.getByText(/^Newest event/)).toBeVisible();
});

test('a band leads to its accounts', async ({ page }) => {
  await page.goto('/?owner=all');
  const band = page.getByRole('region', { name: 'Bands' }).getByRole('link').last();
  const n = /\d[\d,]*/.exec((await band.textContent())!)![0];
  await band.click();
  await expect(page.getByRole('heading', { name: 'Accounts', level: 1 })).toBeVisible();
  await expect(page.getByText(new RegExp(`^${n} accounts?$`))).toBeVisible();
});

test('the as-of day moves the whole page and stands in the URL', async ({ page }) => {
  await page.goto('/?owner=all');
  await expect(page.getByRole('region', { name: 'Bands' })).toBeVisible();
  await page.keyboard.press('[');
  await expect(page.getByText('You are looking at the past')).toBeVisible();
  const day = new URL(page.url()).searchParams.get('as_of');
  expect(day).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  await page.getByRole('link', { name: 'Accounts', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Accounts', level: 1 })).toBeVisible();
  expect(new URL(page.url()).searchParams.get('as_of')).toBe(day);
  await page.keyboard.press(']');
  await expect(page.getByText('You are looking at the past')).toBeHidden();

  await page.keyboard.press('Control+k');
  await page.getByRole('textbox', { name: 'Find or do' }).fill('as of last friday');
  await page.keyboard.press('Enter');
  await expect(page.getByText('You are looking at the past')).toBeVisible();
});

test('the palette finds an account and goes there', async ({ page }) => {
  await page.goto('/accounts');
  const name = (await page.getByRole('rowheader').first().getByRole('link').textContent())!;
  await page.keyboard.press('Control+k');
  await page.getByRole('textbox', { name: 'Find or do' }).fill(name);
  await page.getByRole('dialog').getByRole('button', { name }).first().click();
  await expect(page).toHaveURL(/\/accounts\/acc_/);
});

test('an error of the server says what to do, and heals', async ({ page }) => {
  let broken = true;
  await page.route('**/api/v1/portfolio*', (route) =>
    broken ? route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify({ title: 'Not ready', status: 503, detail: 'The server is starting.' }) }) : route.continue(),
  );
  await page.goto('/?owner=all');
  await expect(page.getByRole('alert')).toContainText('The server is starting.');
  broken = false;
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('region', { name: 'Bands' })).toBeVisible();
});

for (const as of looks) {
  test(`home is accessible: ${as.name}`, async ({ page }) => {
    await look(page, as);
    await page.goto('/?owner=all');
    await expect(page.locator('figure svg[baseProfile]')).toBeVisible();
    await expectAccessible(page);
    await page.goto('/?owner=all&as_of=2020-01-01');
    await expect(page.getByText('You are looking at the past')).toBeVisible();
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expectAccessible(page);
  });
}
