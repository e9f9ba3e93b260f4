import type { Page, Response } from "@playwright/test";

/** Opens a page of the product and waits until it is alive: a click before that would not be heard. */
export async function open(page: Page, path: string): Promise<Response> {
  const answer = await page.goto(path, { waitUntil: "load" });
  if (!answer) throw new Error(`${path} gave no answer`);
  await alive(page);
  return answer;
}

/** Waits until the page is hydrated and its dialogs have arrived. */
export async function alive(page: Page): Promise<void> {
  await page.locator("html[data-hydrated]:not([data-arriving])").waitFor({ state: "attached" });
}
