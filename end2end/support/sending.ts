// Sales through the import page, as a person sends them.
import { expect, type Page } from "@playwright/test";
import { alive, open } from "./open.ts";
import { type Language, words } from "./words.ts";

export type File = string | { name: string; mimeType: string; buffer: Buffer };

/** Chooses a file on the page for sending and presses the key; ends where the product leads. */
export async function send(page: Page, language: Language, file: File): Promise<void> {
  await open(page, "/imports/new");
  await page.locator("input[type=file]").setInputFiles(file);
  await page.getByRole("button", { name: words(language, "imports.send") }).click();
}

/** Waits for the page of the import that was just sent. */
export async function arrived(page: Page): Promise<string> {
  await page.waitForURL(/\/imports\/[0-9a-f-]{36}$/);
  await alive(page);
  return new URL(page.url()).pathname;
}

/** State of the import on the page. */
export function stateOf(page: Page) {
  return page.locator(".imports-back .pill");
}

/** A figure of the report, by its label. */
export function figure(page: Page, language: Language, key: string) {
  const label = page.locator(".stat-label").getByText(words(language, key), { exact: true });
  return page.locator(".imports-numbers .stat").filter({ has: label }).locator(".stat-value");
}

/** Takes the checked import on the page and waits until it is in the books. */
export async function take(page: Page, language: Language, rows: string): Promise<void> {
  await page.getByRole("button", { name: words(language, "imports.take", { rows }) }).click();
  await expect(stateOf(page)).toHaveText(words(language, "imports.status_applied"), { timeout: 120_000 });
}
