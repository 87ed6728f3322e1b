import { expectAccessible, look, looks } from './axe';
import { credentials, expect, stranger } from './test';

stranger('a stranger signs in and comes back to the page he asked for', async ({ page }) => {
  await page.goto('/accounts?sort=-arr&filter=score+%3C+90');
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();

  await page.getByLabel('E-mail').fill(credentials().email);
  await page.getByLabel('Password', { exact: true }).fill('certainly wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toContainText('wrong');

  await page.getByLabel('Password', { exact: true }).fill(credentials().password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { name: 'Accounts', level: 1 })).toBeVisible();
  expect(new URL(page.url()).searchParams.get('sort')).toBe('-arr');
  await expect(page.getByText('Score below 90')).toBeVisible();
});

stranger('the way back never leaves this server', async ({ page }) => {
  await page.goto('/sign-in?back=//elsewhere.example/');
  await page.getByLabel('E-mail').fill(credentials().email);
  await page.getByLabel('Password', { exact: true }).fill(credentials().password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('navigation', { name: 'Places' })).toBeVisible();
  expect(new URL(page.url()).host).toBe(new URL(process.env.KEPT_E2E_BASE!).host);
});

stranger('signing out ends the session', async ({ page }) => {
  await page.goto('/sign-in');
  await page.getByLabel('E-mail').fill(credentials().email);
  await page.getByLabel('Password', { exact: true }).fill(credentials().password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: /^Signed in as/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await page.goto('/accounts');
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
});

for (const as of looks) {
  stranger(`sign-in and set-up are accessible: ${as.name}`, async ({ page }) => {
    await look(page, as);
    await page.goto('/sign-in');
    await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
    await expectAccessible(page);
    await page.goto('/setup');
    await page.getByRole('button', { name: /Create the admin/ }).click();
    await expect(page.getByText('Enter your name.')).toBeVisible();
    await expectAccessible(page);
  });
}
