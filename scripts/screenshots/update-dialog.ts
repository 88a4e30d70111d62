import type { Page } from 'playwright-core';

/** Fills the Temporal UI's form for an update of the workflow that the page shows, and leaves it unsent. */
export async function fillUpdate(page: Page, update: string, argument: unknown): Promise<void> {
  await page.getByRole('button', { name: 'More Actions' }).click();
  await page.getByRole('menuitem', { name: 'Send an Update' }).click();
  // The page has several such forms, of which one is open.
  const form = page.locator('dialog[open]');
  await form.locator('[aria-controls="update-select-select"]').click();
  await form.getByRole('option', { name: update, exact: true }).click();
  await form.locator('.cm-content').click();
  // Typed, not filled: its editor closes the brackets by itself.
  await page.keyboard.insertText(JSON.stringify(argument));
}
