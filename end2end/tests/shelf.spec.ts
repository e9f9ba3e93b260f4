// What lies on the shelves told apart, what will be left of it, what went earlier, and what lay there first.
import { randomUUID } from "node:crypto";
import { onHand } from "../support/baking.ts";
import { DEMO } from "../support/demo.ts";
import { command } from "../support/offline.ts";
import { speaker } from "../support/people.ts";
import { expect, open, type Page, test } from "../support/test.ts";
import { pattern, read, written } from "../support/words.ts";

const diga = speaker(DEMO.manager);
const KITCHEN = "Obrador central";

/** An ingredient of which nothing ever moved. */
async function ingredient(page: Page, code: string): Promise<string> {
  const name = `Harina ${code}`;
  await command(page, "save_ingredient", {
    ingredient_id: null,
    version: 0,
    code,
    name,
    unit: "gram",
    allergens: [],
    shelf_life_days: 90,
    service_level_bp: 9500,
    supplier_id: null,
    stocked: true,
    flour: true,
    pack_quantity: 1000,
    pack_price_minor: 100,
    holding_bp: 0,
  });
  return name;
}

async function inKitchen(page: Page, path: string): Promise<void> {
  await open(page, path);
  await page.getByRole("combobox", { name: diga("common.store"), exact: true }).selectOption({ label: KITCHEN });
}

const tile = (page: Page, product: string) => page.locator(".tile").filter({ has: page.getByText(product, { exact: true }) });

test("the first stock is typed or pasted, looked over, and booked once", async ({ as, axe }) => {
  test.setTimeout(90_000);
  const page = await as("analyst");
  const codes = [0, 1, 2].map(() => `E${randomUUID().slice(0, 8)}`) as [string, string, string];
  const names: string[] = [];
  for (const code of codes) names.push(await ingredient(page, code));
  const [typed, pasted, gone] = names as [string, string, string];

  await open(page, "/stock");
  await page.getByRole("link", { name: diga("stock.opening"), exact: true }).click();
  await page.waitForURL(/\/stock\/opening$/);
  await inKitchen(page, "/stock/opening");
  await page.getByLabel(diga("stock.opening_find"), { exact: true }).fill(codes[0].toLowerCase());
  await expect(tile(page, pasted)).toBeHidden();
  await tile(page, typed).click();
  await page.getByLabel(diga("stock.there_are"), { exact: true }).fill("2500");
  await page.getByRole("button", { name: diga("stock.keep_count"), exact: true }).click();
  await expect(tile(page, typed)).toHaveAttribute("aria-pressed", "true");
  await page.getByLabel(diga("stock.opening_find"), { exact: true }).fill("");

  // A list with mistakes: what is right is taken, what is not says why.
  await page.getByText(diga("stock.opening_paste"), { exact: true }).click();
  const list = ["sku;cantidad", `${codes[1]};4000`, `${codes[2]};700`, "NADIE;3", `${codes[1]};1`, `${codes[0]};mucho`].join("\n");
  await page.getByLabel(diga("stock.opening_paste_label")).fill(list);
  await page.getByRole("button", { name: diga("stock.opening_take"), exact: true }).click();
  await expect(page.getByText(diga("stock.opening_taken", { count: 2 }))).toBeVisible();
  const faults = page.locator(".notice li");
  await expect(faults).toHaveCount(3);
  await expect(faults.nth(0)).toContainText(diga("stock.fault_unknown"));
  await expect(faults.nth(1)).toContainText(diga("stock.fault_twice"));
  await expect(faults.nth(2)).toContainText(diga("stock.fault_quantity"));
  await axe({ page });

  // A reload takes nothing of it.
  await open(page, "/stock/opening");
  const review = page.getByRole("button", { name: diga("stock.opening_review", { count: 3 }), exact: true });
  await expect(review).toBeVisible();
  await review.click();
  const dialog = page.getByRole("dialog", { name: diga("stock.opening_review_title"), exact: true });
  await dialog.getByRole("button", { name: diga("stock.opening_remove", { product: gone }), exact: true }).click();
  await axe({ page, within: "dialog[open]" });
  await dialog.getByRole("button", { name: diga("stock.opening_post", { count: 2 }), exact: true }).dblclick();
  await expect(page.getByText(diga("stock.opening_posted"))).toHaveCount(1);
  await expect(tile(page, typed)).toHaveCount(0);
  await expect(tile(page, gone)).toHaveCount(1);
  await inKitchen(page, "/stock");
  await expect(onHand(page, typed)).toHaveText(/^2,5\s+kg$/);
});

test("who may not correct stock is not offered the first stock", async ({ as, problems }) => {
  problems.expect(/403/);
  const page = await as("manager");
  await open(page, "/stock");
  await expect(page.getByRole("link", { name: diga("stock.opening"), exact: true })).toHaveCount(0);
  expect((await open(page, "/stock/opening")).status()).toBe(403);
});

test("what was thrown away earlier stands where it happened, and a moment to come is refused", async ({ as, axe, problems }) => {
  problems.expect(/remove_stock/); // the moment to come
  const page = await as("manager");
  await open(page, "/stock/waste");
  const first = page.locator(".tile").first();
  const product = await first.locator(".tile-name").innerText();
  const there = read(await first.locator(".tile-count").innerText());
  await first.click();
  await page.getByLabel(diga("stock.quantity"), { exact: true }).fill("1");
  await page.getByRole("radio", { name: diga("stock.when_earlier"), exact: true }).check({ force: true });
  const out = page.locator(".waste-entry .button-primary");
  await expect(out).toBeDisabled();
  const moment = page.getByLabel(diga("stock.when_at"), { exact: true });
  await moment.fill("2199-01-01T10:00");
  await axe({ page });
  await out.click();
  await expect(page.getByText(diga("stock.refused_future"))).toBeVisible();
  await moment.fill("2001-01-01T10:00");
  await out.click();
  await expect(page.getByText(diga("orders.refused_too_long_ago"))).toBeVisible();
  // Back to now: it is booked, and the form starts anew.
  await page.getByRole("radio", { name: diga("stock.when_now"), exact: true }).check({ force: true });
  await expect(moment).toHaveCount(0);
  await out.click();
  await expect(page.getByText(pattern("es", "stock.wasted", { product }))).toHaveCount(1);
  await expect(tile(page, product).locator(".tile-count")).toHaveText(written("es", there - 1));
  await page.locator(".toast-undo").click();
  await expect(tile(page, product).locator(".tile-count")).toHaveText(written("es", there));
});

test("the shelves tell reserved, available and on the road apart, and say what that means", async ({ as, axe }) => {
  const page = await as("manager");
  await open(page, "/stock");
  const heads = page.locator("table.table thead th");
  for (const key of ["on_hand", "reserved", "available", "in_transit", "arriving"]) {
    await expect(heads.filter({ hasText: new RegExp(`^\\s*${diga(`stock.${key}`)}\\s*$`) })).toHaveCount(1);
  }
  await page.getByText(diga("stock.terms"), { exact: true }).click();
  await expect(page.getByText(diga("stock.available_means"))).toBeVisible();
  await axe({ page });
  await page.locator("table.table tbody td a").first().click();
  await page.waitForURL(/\/stock\/[0-9a-f-]{36}/);
  await expect(page.locator(".stat-label").getByText(diga("stock.available"), { exact: true })).toBeVisible();
});

test("projected waste lists what will be left, the costliest first, with a way out for each", async ({ as, axe }) => {
  const page = await as("manager");
  await open(page, "/stock");
  await page.getByRole("link", { name: diga("stock.projected"), exact: true }).click();
  await page.waitForURL(/\/stock\/projected$/);
  await expect(page.getByRole("heading", { level: 1, name: diga("stock.projected") })).toBeVisible();
  await axe({ page });
  const store = await page.getByRole("combobox", { name: diga("common.store"), exact: true }).inputValue();
  const answer = await page.request.get(`/api/v1/stock/projected-waste?store_id=${store}`);
  expect(answer.ok()).toBe(true);
  const waste = (await answer.json()) as { lots: { product_name: string; cost_minor: number; is_expired: boolean }[] };
  const rows = page.locator("table.table tbody tr");
  await expect(rows).toHaveCount(waste.lots.length);
  const costs = waste.lots.map((lot) => lot.cost_minor);
  expect(costs).toEqual([...costs].sort((a, b) => b - a));
  for (const [at, lot] of waste.lots.entries()) {
    const row = rows.nth(at);
    await expect(row).toContainText(lot.product_name);
    const way = lot.is_expired ? "stock.projected_take_out" : "stock.projected_send";
    await expect(row.getByRole("link", { name: diga(way), exact: true })).toBeVisible();
  }
  if (waste.lots.length === 0) await expect(page.getByText(diga("stock.projected_none_title"))).toBeVisible();
});

test("a shelf is corrected from its page, once, and the correction is taken back", async ({ as, axe, problems }) => {
  problems.expect(/adjust_stock/); // less than there is
  const page = await as("analyst");
  const name = await ingredient(page, `C${randomUUID().slice(0, 8)}`);
  await inKitchen(page, "/stock");
  await page.getByRole("link", { name, exact: true }).click();
  await page.waitForURL(/\/stock\/[0-9a-f-]{36}/);
  const ask = page.getByRole("button", { name: diga("stock.correct"), exact: true });
  const sheet = page.getByRole("dialog", { name: diga("stock.correct_title", { product: name }), exact: true });
  const facts = page.locator("tr.fact");

  await ask.click();
  const book = sheet.locator("button[type=submit]");
  await expect(book).toBeDisabled();
  const quantity = sheet.getByLabel(diga("stock.correct_by"), { exact: true });
  await quantity.fill("25");
  // What the number stands for is said beside it.
  await expect(sheet.getByText(new RegExp(`^${diga("stock.in_grams")}: 25\\s+g$`))).toBeVisible();
  await quantity.fill("25000");
  await expect(sheet.getByText(new RegExp(`^${diga("stock.in_grams")}: 25\\s+kg$`))).toBeVisible();
  await sheet.getByLabel(diga("stock.reason"), { exact: true }).selectOption("delivered");
  await axe({ page, within: "dialog[open]" });
  await book.dblclick();
  await expect(sheet).toBeHidden();
  await expect(facts).toHaveCount(1);
  await expect(facts).toContainText(diga("stock.reason_delivered"));
  await expect(facts).toContainText(/\+25\s+kg/);

  // Nothing more can be taken away than is there.
  await ask.click();
  await sheet.getByRole("radio", { name: diga("stock.correct_less"), exact: true }).check({ force: true });
  await quantity.fill("25001");
  await book.click();
  await expect(sheet.getByText(diga("stock.refused_exceeds"))).toBeVisible();
  await quantity.fill("1000");
  await book.click();
  await expect(sheet).toBeHidden();
  await expect(facts).toHaveCount(2);
  await page.locator(".toast-undo").last().click();
  await expect(facts).toHaveCount(3);

  // Booked, and the answer lost: closed and sent again it is the same correction.
  problems.expect(/ERR_FAILED/);
  await page.route(
    "**/api/adjust_stock",
    async (route) => {
      await route.fetch();
      await route.abort();
    },
    { times: 1 },
  );
  await ask.click();
  await quantity.fill("500");
  await book.click();
  await expect(sheet.getByText(diga("common.error_network"))).toBeVisible();
  await sheet.getByRole("button", { name: diga("common.cancel"), exact: true }).click();
  await expect(facts).toHaveCount(4);
  await ask.click();
  await quantity.fill("500");
  await book.click();
  await expect(sheet).toBeHidden();
  await expect(facts).toHaveCount(4);
  await inKitchen(page, "/stock");
  await expect(onHand(page, name)).toHaveText(/^25[,.]5\s+kg$/);
});

test("who may not correct stock is not offered it on the page of a shelf", async ({ as }) => {
  const page = await as("manager");
  await open(page, "/stock");
  await page.locator("table.table tbody td a").first().click();
  await page.waitForURL(/\/stock\/[0-9a-f-]{36}/);
  await expect(page.locator(".stat-label").first()).toBeVisible();
  await expect(page.getByRole("button", { name: diga("stock.correct"), exact: true })).toHaveCount(0);
});

test("more than was sent arrives with its reason", async ({ as }) => {
  const page = await as("kitchen");
  await open(page, "/stock/transfers/new?way=send");
  const other = page.getByLabel(diga("transfers.other_shop"), { exact: true });
  const to = await other.locator("option").nth(1).getAttribute("value");
  await other.selectOption(to);
  const first = page.locator(".tile").first();
  const product = await first.locator(".tile-name").innerText();
  await first.click();
  await page.getByLabel(diga("stock.quantity"), { exact: true }).fill("1");
  await page.getByRole("button", { name: diga("stock.keep_count") }).click();
  const note = `caja ${randomUUID().slice(0, 8)}`;
  await page.getByLabel(diga("orders.note")).fill(note);
  await page.locator(".waste-entry .button-primary").click();
  await page.waitForURL(/\/stock\/transfers$/);
  await open(page, `/stock/transfers?store=${to}`);
  const card = page.locator(".transfer").filter({ hasText: note });
  await card.getByRole("button", { name: diga("transfers.receive") }).click();
  const dialog = page.locator("dialog[open]");
  await dialog.getByLabel(product, { exact: true }).fill("3");
  await dialog.getByLabel(pattern("es", "transfers.why", { product })).selectOption("correction");
  await dialog.locator(".button-primary").click();
  await expect(card).toHaveAttribute("data-status", "received");
  await expect(card.locator(".transfer-lines")).toContainText("3");
  await expect(card.locator(".transfer-lines")).toContainText(diga("stock.reason_correction"));
  await expect(card.getByText(pattern("es", "transfers.of_sent", { quantity: "1" }))).toBeVisible();
});
