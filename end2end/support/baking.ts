// Places on the screens of kitchen and stock.
import type { Locator, Page } from "@playwright/test";

/** The card of a batch on the kitchen's board; with a quantity where a shop has several of one product. */
export function batch(page: Page, status: "pending" | "in_progress" | "completed", product: string, shop: string, quantity?: string): Locator {
  const cards = page
    .locator(`article.batch[data-status=${status}]`)
    .filter({ has: page.getByRole("heading", { name: product, exact: true }) })
    .filter({ has: page.locator(".batch-store").getByText(shop, { exact: true }) });
  return quantity === undefined ? cards : cards.filter({ has: page.locator(".batch-quantity").getByText(quantity, { exact: true }) });
}

/** The open sheet with this title. */
export function sheet(page: Page, title: string): Locator {
  return page.getByRole("dialog", { name: title, exact: true });
}

/** What the stock page says of a product's shelf. */
export function onHand(page: Page, product: string): Locator {
  return page.getByRole("row").filter({ has: page.getByRole("link", { name: product, exact: true }) }).locator(".on-hand");
}
