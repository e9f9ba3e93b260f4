// Counting a store together: two people, one sheet, and somebody who has to agree.
import { onHand } from "../support/baking.ts";
import { DEMO } from "../support/demo.ts";
import { speaker } from "../support/people.ts";
import { expect, open, type Page, test } from "../support/test.ts";
import { pattern, read, written } from "../support/words.ts";

const diga = speaker(DEMO.manager);

async function at(page: Page, path: string, shop: string): Promise<void> {
  await open(page, path);
  await page.getByRole("combobox", { name: diga("common.store"), exact: true }).selectOption({ label: shop });
}

/** Types what is there of the product whose keys are open. */
async function enter(page: Page, counted: number): Promise<void> {
  await page.getByLabel(diga("stock.there_are"), { exact: true }).fill(String(counted));
  await page.getByRole("button", { name: diga("stock.keep_count") }).click();
}

const tile = (page: Page, product: string) => page.locator(".tile").filter({ has: page.locator(".tile-name", { hasText: product }) });

test("two people fill one sheet; what is far off is counted twice and waits for approval", async ({ as, axe }) => {
  test.setTimeout(90_000);
  const manager = await as("manager");
  await open(manager, "/stock/count");
  const shop = (await manager.getByRole("combobox", { name: diga("common.store"), exact: true }).locator("option:checked").innerText()).trim();
  const names = await manager.locator(".tile .tile-name").allInnerTexts();
  const [near, far] = [names.at(-1), names.at(-2)] as [string, string];
  await at(manager, "/stock", shop);
  const before = { near: read(await onHand(manager, near).innerText()), far: read(await onHand(manager, far).innerText()) };

  await at(manager, "/stock/count", shop);
  await manager.getByRole("button", { name: diga("stock.choose_count"), exact: true }).click();
  await axe({ page: manager, within: "dialog[open]" });
  await manager.locator("dialog[open]").getByRole("button", { name: pattern("es", "stock.choose_group", { name: diga("stock.choose_all") }) }).click();
  await expect(manager.locator(".progress")).toBeVisible();
  // A scanner or a person who types finds the product and has its keys at once.
  await manager.getByLabel(diga("stock.find_product"), { exact: true }).fill(near);
  await manager.getByLabel(diga("stock.find_product"), { exact: true }).press("Enter");
  await enter(manager, before.near + 1);

  const analyst = await as("analyst");
  await at(analyst, "/stock/count", shop);
  await expect(tile(analyst, near).locator(".tile-count")).toHaveText(written("es", before.near + 1));
  await expect(tile(analyst, near)).toContainText(DEMO.manager.name);
  await tile(analyst, far).click();
  await enter(analyst, before.far + 400);
  // The other screen shows it by itself.
  await expect(tile(manager, far).locator(".tile-count")).toHaveText(written("es", before.far + 400));

  const review = manager.locator("dialog[open]");
  const look = () => manager.locator(".send-bar .button-primary").click();
  await look();
  await axe({ page: manager, within: "dialog[open]" });
  await review.getByRole("button", { name: diga("stock.count_hand_in") }).click();
  await expect(manager.getByText(diga("stock.count_recount"))).toBeVisible();
  await expect(tile(manager, far)).toContainText(diga("stock.count_again"));
  await tile(manager, far).click();
  await enter(manager, before.far + 400);
  await expect(tile(manager, far)).not.toContainText(diga("stock.count_again"));
  await look();
  await review.getByRole("button", { name: diga("stock.count_hand_in") }).dblclick();
  await expect(manager.getByText(diga("stock.count_waits"), { exact: true })).toBeVisible();
  // Whoever counted reads who has to agree, and has no key for it.
  await look();
  await expect(review.getByText(diga("stock.count_who_agrees"))).toBeVisible();
  await expect(review.getByRole("button", { name: diga("stock.count_agree") })).toHaveCount(0);
  await manager.keyboard.press("Escape");

  await expect(analyst.getByText(diga("stock.count_waits"), { exact: true })).toBeVisible();
  await analyst.locator(".send-bar .button-primary").click();
  await analyst.locator("dialog[open]").getByRole("button", { name: diga("stock.count_agree") }).click();
  await expect(analyst.getByText(diga("stock.count_booked"))).toBeVisible();
  await at(manager, "/stock", shop);
  await expect(onHand(manager, near)).toHaveText(written("es", before.near + 1));
  await expect(onHand(manager, far)).toHaveText(written("es", before.far + 400));
  await open(manager, "/alerts");
  await expect(manager.getByText(far).first()).toBeVisible();
});

test("a scan while a number is typed keeps the number and opens the next product", async ({ as }) => {
  const page = await as("manager");
  await open(page, "/stock/count");
  const store = await page.getByRole("combobox", { name: diga("common.store"), exact: true }).inputValue();
  const answer = await page.request.get(`/api/v1/stock?store_id=${store}`);
  const { levels } = (await answer.json()) as { levels: { product_name: string; barcodes: string[] }[] };
  const [first, second] = levels.filter((level) => level.barcodes.length > 0).map((level) => ({ name: level.product_name, code: level.barcodes[0]! }));
  if (!first || !second) throw new Error("the demonstration has no two products with a code in this shop");
  const find = page.getByLabel(diga("stock.find_product"), { exact: true });
  await find.fill(first.code);
  await find.press("Enter");
  const sheet = page.locator("dialog[open]");
  await expect(sheet.getByRole("heading", { name: first.name, exact: true })).toBeVisible();
  const box = sheet.getByLabel(diga("stock.there_are"), { exact: true });
  await box.pressSequentially("12");
  await box.pressSequentially(second.code);
  await box.press("Enter");
  await expect(sheet.getByRole("heading", { name: second.name, exact: true })).toBeVisible();
  await expect(box).toHaveValue("");
  await expect(tile(page, first.name).locator(".tile-count")).toHaveText(/^12/);
  // After a key of the pad the focus is on it: the scanner's Enter presses it not once more.
  await sheet.getByRole("button", { name: "7", exact: true }).click();
  await page.keyboard.type(first.code);
  await page.keyboard.press("Enter");
  await expect(sheet.getByRole("heading", { name: first.name, exact: true })).toBeVisible();
  await expect(tile(page, second.name).locator(".tile-count")).toHaveText(/^7/);
  // A code that nobody bears leaves the box as it was: empty, or with its number.
  for (const number of ["", "5"]) {
    await box.fill(number);
    await box.pressSequentially("6291041500213");
    await box.press("Enter");
    await expect(page.getByText(diga("stock.unknown_code", { code: "6291041500213" })).last()).toBeVisible();
    await expect(box).toHaveValue(number);
  }
  await page.keyboard.press("Escape");
  // Nothing of it is booked.
  await page.locator(".send-bar .button-primary").click();
  await sheet.getByRole("button", { name: diga("stock.count_drop"), exact: true }).click();
  await page.locator("dialog[open]").last().getByRole("button", { name: diga("stock.count_drop"), exact: true }).last().click();
  await expect(page.getByText(diga("stock.count_dropped"))).toBeVisible();
});
