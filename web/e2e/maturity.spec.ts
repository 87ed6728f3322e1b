import { expectAccessible, look, looks } from './axe';
import { expect, test } from './test';

type Answer = { raters: { user: { name: string } }[]; questionnaire: { questions: { text: string; anchors: string[] }[] }[]; company: { level: number; level_title: string } };

test('the company is rated, left half done, and gone on with', async ({ page }) => {
  test.slow();
  await page.goto('/operate');
  const answer = page.waitForResponse((r) => r.url().includes('/api/v1/maturity'));
  await page.getByRole('list', { name: 'Parts of the operating model' }).getByRole('link', { name: 'Maturity' }).click();
  const before = (await (await answer).json()) as Answer;
  await page.getByRole('link', { name: before.raters.length ? 'Rate again' : 'Rate the company' }).click();
  const first = before.questionnaire[0]!.questions[0]!;
  await page.getByRole('radiogroup', { name: first.text }).getByLabel(first.anchors[2]!).check();
  await page.getByRole('textbox', { name: 'Note on question 1', exact: true }).fill('by rule since spring');
  const saved = page.waitForResponse((r) => r.url().includes('/api/v1/maturity/ratings'));
  await page.getByRole('button', { name: /^Save/ }).click();
  expect((await saved).status()).toBe(201);
  await expect(page.getByText('by rule since spring')).toBeVisible();
  await page.getByRole('link', { name: 'Rate again' }).click();
  await expect(page.getByRole('radiogroup', { name: first.text }).getByLabel(first.anchors[2]!)).toBeChecked();
  for (const q of before.questionnaire.flatMap((d) => d.questions)) {
    await page.getByRole('radiogroup', { name: q.text }).getByLabel(q.anchors[2]!).check();
  }
  const again = page.waitForResponse((r) => r.url().endsWith('/api/v1/maturity'));
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const after = (await (await again).json()) as Answer;
  await expect(page.getByRole('heading', { name: `Level ${after.company.level} of 4: ${after.company.level_title}` })).toBeVisible();
  await expect(page.getByRole('table', { name: 'Dimensions' }).getByRole('row')).toHaveCount(10);

  // A file that is no file of peers is refused in words.
  const input = page.locator('input[type="file"]');
  await input.setInputFiles({ name: 'a.json', mimeType: 'application/json', buffer: Buffer.from('no json') });
  await expect(page.getByText('It is no JSON.')).toBeVisible();
  await input.setInputFiles({ name: 'b.json', mimeType: 'application/json', buffer: Buffer.from('{"format":"x","questionnaire":"y","peers":[]}') });
  await expect(page.getByRole('alert').filter({ hasText: 'did not work' })).toContainText('format');
});

for (const as of looks) {
  test(`maturity is accessible: ${as.name}`, async ({ page }) => {
    test.slow(); // the questionnaire has a hundred choices to look at
    await look(page, as);
    for (const path of ['/operate', '/operate/maturity', '/operate/maturity?rate=true', '/operate/maturity?as_of=2001-01-01']) {
      await page.goto(path);
      await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
      await expectAccessible(page);
    }
  });
}
