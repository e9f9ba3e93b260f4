// What leaves the kitchen on paper: the list that goes with the crates, and the labels on them.
import { sheet } from "../support/baking.ts";
import { DEMO } from "../support/demo.ts";
import { speaker } from "../support/people.ts";
import { expect, open, type Page, test } from "../support/test.ts";
import { written } from "../support/words.ts";

const diga = speaker(DEMO.kitchen);
const PRODUCT = "Croissant de mantequilla";

/** Plans a batch by hand, bakes it and tells its shop; the page then shows it. */
async function bake(page: Page, quantity: number): Promise<string> {
  await open(page, "/orders/new");
  await page.getByLabel(diga("orders.product"), { exact: true }).selectOption({ label: PRODUCT });
  await page.getByLabel(diga("orders.planned"), { exact: true }).fill(String(quantity));
  const shop = await page.getByLabel(diga("orders.destination"), { exact: true }).locator("option:checked").innerText();
  await page.getByRole("button", { name: diga("orders.plan_it") }).click();
  await page.waitForURL(/\/orders\/[0-9a-f-]{36}$/);
  await page.getByRole("button", { name: diga("orders.start"), exact: true }).click();
  await page.getByRole("button", { name: diga("orders.complete"), exact: true }).click();
  const finish = diga("kitchen.finish", { quantity: written("es", quantity) });
  await sheet(page, diga("orders.complete")).getByRole("button", { name: finish, exact: true }).click();
  await expect(page.locator(".page-header").getByText(diga("orders.status_completed"), { exact: true })).toBeVisible();
  return shop.trim();
}

/** Makes the key that prints tell instead of printing. */
async function listen(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const heard = { prints: 0 };
    Object.assign(globalThis, { heard, print: () => (heard.prints += 1) });
  });
  return () => page.evaluate(() => (globalThis as unknown as { heard: { prints: number } }).heard.prints);
}

/** Pages that the browser would print, without a printer. */
async function printed(page: Page): Promise<{ pages: number; sizes: string[] }> {
  const pdf = (await page.pdf({ preferCSSPageSize: true })).toString("latin1");
  const boxes = [...pdf.matchAll(/\/MediaBox\s*\[([^\]]+)\]/g)].map((box) => (box[1] ?? "").trim().split(/\s+/).map((n) => Math.round(Number(n) / 72 * 25.4)));
  return { pages: boxes.length, sizes: [...new Set(boxes.map(([, , width, height]) => `${width}x${height}`))] };
}

test("the dispatch list shows what each shop gets, and prints without what stands around it", async ({ as, axe }) => {
  const page = await as("kitchen");
  const shop = await bake(page, 71);
  await page.getByRole("link", { name: diga("dispatch.see_list") }).click();
  await expect(page.getByRole("heading", { level: 1, name: diga("dispatch.title") })).toBeVisible();
  const section = page.locator(".dispatch-store");
  await expect(section).toHaveCount(1);
  await expect(section.getByRole("heading", { name: shop })).toBeVisible();
  const row = section.getByRole("row").filter({ hasText: PRODUCT }).filter({ hasText: diga("orders.status_completed") }).filter({ hasText: "71" });
  await expect(row).toHaveCount(1);
  await expect(row.getByRole("link", { name: /^L\d{6}-\d+$/ })).toBeVisible();
  await axe({ page });

  const prints = await listen(page);
  await page.getByRole("button", { name: diga("dispatch.print"), exact: true }).click();
  expect(await prints()).toBe(1);

  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  for (const hidden of [".rail-nav", ".rail-head", ".user-menu", ".filters", ".page-header"]) await expect(page.locator(hidden).first()).toBeHidden();
  await expect(row).toBeVisible();
  await expect(section.locator(".tick").first()).toBeVisible();
  await expect(section.getByText(diga("dispatch.received"))).toBeVisible();
  await expect(page.locator("body")).toHaveCSS("color", "rgb(0, 0, 0)");
  // One shop, then the totals.
  expect((await printed(page)).pages).toBeGreaterThanOrEqual(2);
});

test("labels say what is in the batch, allergens in bold, on the paper that was chosen", async ({ as, axe }) => {
  const page = await as("kitchen");
  await bake(page, 72);
  await page.getByRole("link", { name: diga("dispatch.see_labels") }).click();
  await expect(page.getByRole("heading", { level: 1, name: diga("dispatch.labels") })).toBeVisible();
  const label = page.locator(".label:not(.label-copy)");
  await expect(label).toHaveCount(1);
  await expect(label.getByRole("heading", { name: PRODUCT })).toBeVisible();
  const ingredients = label.locator(".label-ingredients");
  await expect(ingredients).toContainText(`${diga("dispatch.ingredients")}: Harina de trigo (gluten), `);
  for (const allergen of ["gluten", "leche", "huevo"]) {
    await expect(ingredients.locator("strong").filter({ hasText: new RegExp(allergen, "i") }).first()).toBeVisible();
  }
  await expect(ingredients.locator("strong").filter({ hasText: /sal|levadura/i })).toHaveCount(0);
  await expect(label).toContainText(/L\d{6}-\d+/);
  await expect(label).toContainText("72");
  await axe({ page });

  // What is chosen is remembered on the device.
  await page.locator("label.segment").filter({ hasText: diga("dispatch.size_roll") }).click();
  await page.getByLabel(diga("dispatch.copies"), { exact: true }).fill("3");
  await expect(page.locator(".label")).toHaveCount(3);
  await page.reload();
  await expect(page.locator(".labels")).toHaveAttribute("data-size", "roll");
  await expect(page.locator(".label")).toHaveCount(3);
  await expect(page.locator(".label:visible")).toHaveCount(1);

  await page.emulateMedia({ media: "print" });
  await expect(page.locator(".rail-nav")).toBeHidden();
  await expect(page.locator(".label-choices")).toBeHidden();
  await expect(page.locator(".label:visible")).toHaveCount(3);
  expect(await printed(page)).toEqual({ pages: 3, sizes: ["100x60"] });
  await page.emulateMedia({ media: "screen" });
  await page.locator("label.segment").filter({ hasText: diga("dispatch.size_sheet") }).click();
  await page.getByLabel(diga("dispatch.copies"), { exact: true }).fill("25");
  await expect(page.locator(".label-page")).toHaveCount(2);
  await page.emulateMedia({ media: "print" });
  expect(await printed(page)).toEqual({ pages: 2, sizes: ["210x297"] });
});
