// What hands and networks do: press twice, work on two screens, lose the line, change their mind about language.
import { randomUUID } from "node:crypto";
import { batch, onHand, sheet } from "../support/baking.ts";
import { DEMO } from "../support/demo.ts";
import { queued } from "../support/offline.ts";
import { type Person, speaker } from "../support/people.ts";
import { alive, expect, open, type Page, test } from "../support/test.ts";
import { pattern, read, words, written } from "../support/words.ts";

const diga = speaker(DEMO.kitchen);

/** Plans a batch by hand and tells its number, product and shop; the page then shows it. */
async function plan(page: Page, quantity: number): Promise<{ product: string; shop: string; path: string }> {
  await open(page, "/orders/new");
  const product = page.getByLabel(diga("orders.product"), { exact: true });
  const name = (await product.locator("option").nth(1).innerText()).trim();
  await product.selectOption({ index: 1 });
  await page.getByLabel(diga("orders.planned"), { exact: true }).fill(String(quantity));
  await page.getByLabel(new RegExp(`^${diga("orders.note")}`)).fill(randomUUID());
  const shop = await page.getByLabel(diga("orders.destination"), { exact: true }).locator("option:checked").innerText();
  await page.getByRole("button", { name: diga("orders.plan_it") }).click();
  await page.waitForURL(/\/orders\/[0-9a-f-]{36}$/);
  return { product: name, shop: shop.trim(), path: new URL(page.url()).pathname };
}

/** The card of one batch on the board, by its quantity, which no other batch has. */
function card(page: Page, status: "pending" | "in_progress" | "completed", planned: { product: string; shop: string }, quantity: number) {
  return batch(page, status, planned.product, planned.shop, written("es", quantity));
}

test("a wrong password is refused, and after too many the account waits, even for the right one", async ({ page, demo, problems }) => {
  problems.expect(/ERR_ABORTED/);
  const person: Person = { email: "olvidadiza@demo.hornada.local", password: "una-frase-bien-larga", name: "Olga Olvida", language: "es" };
  await demo.commandWith(
    { HORNADA_PASSWORD: person.password },
    ...["user", "add", "--email", person.email, "--name", person.name, "--role", "production", "--language", "es"],
  );
  const attempt = async (password: string) => {
    await page.locator("input[name=email]").fill(person.email);
    await page.locator("input[name=password]").fill(password);
    await page.getByRole("button", { name: words("en", "auth.submit") }).click();
    await page.waitForURL(/error=/);
    await alive(page);
  };
  await open(page, new URL("/login?next=/orders", demo.url).href);
  await attempt("wrong-1");
  await expect(page.getByText(words("en", "auth.error_credentials"))).toBeVisible();
  // Where one was going is not forgotten.
  await expect(page.getByText(words("en", "auth.after", { path: "/orders" }))).toBeVisible();
  const locked = page.getByText(words("en", "auth.error_locked"));
  for (let more = 2; more <= 7 && !(await locked.isVisible()); more += 1) await attempt(`wrong-${more}`);
  await expect(locked).toBeVisible();
  await attempt(person.password);
  await expect(locked).toBeVisible();
});

test("the kitchen's board changes by itself when another screen starts a batch", async ({ as }) => {
  const wall = await as("kitchen");
  const hand = await as("kitchen");
  const planned = await plan(hand, 61);
  await open(wall, "/kitchen");
  await expect(card(wall, "pending", planned, 61)).toBeVisible();
  await wall.evaluate(() => Object.assign(globalThis, { stayed: true }));
  await hand.getByRole("button", { name: diga("orders.start"), exact: true }).click();
  await expect(card(wall, "in_progress", planned, 61)).toBeVisible();
  await expect(card(wall, "pending", planned, 61)).toHaveCount(0);
  expect(await wall.evaluate(() => "stayed" in globalThis)).toBe(true);
});

test("finishing with two quick presses finishes one batch once, and leaves the next one alone", async ({ as }) => {
  const page = await as("kitchen");
  const one = await plan(page, 62);
  await page.getByRole("button", { name: diga("orders.start"), exact: true }).click();
  await expect(page.getByRole("button", { name: diga("orders.complete"), exact: true })).toBeVisible();
  const two = await plan(page, 63);
  await page.getByRole("button", { name: diga("orders.start"), exact: true }).click();
  await expect(page.getByRole("button", { name: diga("orders.complete"), exact: true })).toBeVisible();
  const manager = await as("manager");
  await open(manager, "/stock");
  const before = read(await onHand(manager, one.product).innerText());

  await open(page, "/kitchen");
  await card(page, "in_progress", one, 62).getByRole("button", { name: diga("kitchen.finish", { quantity: 62 }) }).dblclick();
  await expect(card(page, "completed", one, 62)).toBeVisible();
  await expect(page.locator(".rail .offline-mark")).toHaveCount(0);
  await expect(card(page, "in_progress", two, 63)).toBeVisible();
  await expect(onHand(manager, one.product)).toHaveText(written("es", before + 62));

  // A batch that was finished by mistake is taken back, and its stock with it.
  await card(page, "completed", one, 62).getByRole("button", { name: diga("kitchen.recall") }).click();
  await expect(card(page, "in_progress", one, 62)).toBeVisible();
  await expect(onHand(manager, one.product)).toHaveText(written("es", before));
});

test("of two people who change a batch at once, the second is told and saves nothing", async ({ as, problems }) => {
  problems.expect(/edit_order/); // the conflict
  const first = await as("kitchen");
  const second = await as("kitchen");
  const planned = await plan(first, 64);
  await open(second, planned.path);
  const editing = async (page: Page, quantity: number) => {
    await page.getByRole("button", { name: diga("orders.edit"), exact: true }).click();
    const form = sheet(page, diga("orders.edit"));
    await form.getByLabel(diga("orders.planned"), { exact: true }).fill(String(quantity));
    return form;
  };
  const mine = await editing(first, 65);
  const theirs = await editing(second, 66);
  await mine.getByRole("button", { name: diga("common.save"), exact: true }).click();
  await expect(first.locator(".order-figures")).toContainText("65");
  await theirs.getByRole("button", { name: diga("common.save"), exact: true }).click();
  // Who it was, and what stands now.
  await expect(theirs.getByRole("status").or(theirs.locator(".notice")).getByText(new RegExp(`${DEMO.kitchen.name}.* 65 `))).toBeVisible();
  // What was typed is still there, and behind it stands what the other one saved.
  await expect(theirs.getByLabel(diga("orders.planned"), { exact: true })).toHaveValue("66");
  await expect(second.locator(".order-figures")).toContainText("65");
  await open(first, planned.path);
  await expect(first.locator(".order-figures")).toContainText("65");
  // Who has seen that may save over it.
  await theirs.getByRole("button", { name: diga("common.save"), exact: true }).click();
  await expect(second.locator(".order-figures")).toContainText("66");
});

test("what was typed outlives a reload and an ended session, and is forgotten once it is saved", async ({ as, problems }) => {
  problems.expect(/edit_order/); // without a session
  const page = await as("kitchen");
  const note = randomUUID();
  const back = page.getByText(diga("common.draft_back"));
  await open(page, "/orders/new");
  await page.getByLabel(diga("orders.product"), { exact: true }).selectOption({ index: 2 });
  await page.getByLabel(diga("orders.planned"), { exact: true }).fill("73");
  await page.getByLabel(new RegExp(`^${diga("orders.note")}`)).fill(note);
  await page.reload();
  await alive(page);
  await expect(back).toBeVisible();
  await expect(page.getByLabel(diga("orders.planned"), { exact: true })).toHaveValue("73");
  await expect(page.getByLabel(new RegExp(`^${diga("orders.note")}`))).toHaveValue(note);
  await page.getByRole("button", { name: diga("orders.plan_it") }).click();
  await page.waitForURL(/\/orders\/[0-9a-f-]{36}$/);
  await expect(page.locator(".order-figures")).toContainText("73");

  const form = sheet(page, diga("orders.edit"));
  const edit = () => page.getByRole("button", { name: diga("orders.edit"), exact: true }).click();
  await edit();
  await form.getByLabel(diga("orders.planned"), { exact: true }).fill("74");
  const cookies = await page.context().cookies();
  await page.context().clearCookies();
  await form.getByRole("button", { name: diga("common.save"), exact: true }).click();
  await expect(form.locator(".notice")).toBeVisible();
  await page.context().addCookies(cookies);
  await page.reload();
  await alive(page);
  await edit();
  await expect(form.getByLabel(diga("orders.planned"), { exact: true })).toHaveValue("74");
  await form.getByRole("button", { name: diga("common.save"), exact: true }).click();
  await expect(page.locator(".order-figures")).toContainText("74");

  // Nothing is left: neither of the form that was sent nor of the sheet.
  expect(await page.evaluate(() => Object.keys(sessionStorage).filter((key) => key.startsWith("hornada_draft_")))).toEqual([]);
  await open(page, "/orders/new");
  await expect(page.getByLabel(new RegExp(`^${diga("orders.note")}`))).toHaveValue("");
});

test("of two people who set a forecast's number at once, the second sees the first one's and decides again", async ({ as, problems }) => {
  problems.expect(/set_override/); // the conflict
  const manager = await as("manager");
  const analyst = await as("analyst");
  const say = speaker(DEMO.manager);
  await open(manager, "/forecast?days=2");
  const product = await manager.locator("a.product-link").first().innerText();
  await open(analyst, new URL(manager.url()).pathname + "?days=2");
  const store = await manager.getByRole("combobox", { name: say("common.store"), exact: true }).inputValue();
  await open(analyst, `/forecast?days=2&store=${store}`);
  const dialog = async (page: Page, quantity: number) => {
    const row = page.getByRole("row").filter({ has: page.getByRole("link", { name: product, exact: true }) });
    await row.getByRole("button", { name: say("forecast.set_own") }).click();
    const form = sheet(page, say("forecast.dialog_title", { name: product }));
    await form.getByLabel(say("forecast.quantity"), { exact: true }).fill(String(quantity));
    return form;
  };
  const hers = await dialog(manager, 71);
  const his = await dialog(analyst, 72);
  await hers.getByRole("button", { name: say("forecast.save_own") }).click();
  await expect(manager.getByText(pattern("es", "forecast.saved", { count: 71, name: product }))).toBeVisible();
  await his.getByRole("button", { name: say("forecast.save_own") }).click();
  await expect(his.getByText(say("forecast.conflict", { name: DEMO.manager.name, count: 71 }))).toBeVisible();
  await expect(his.getByLabel(say("forecast.quantity"), { exact: true })).toHaveValue("72");
  await his.getByRole("button", { name: say("forecast.save_own") }).click();
  await expect(manager.locator(".own-number b").first()).toHaveText("72");
});

test("without a network the kitchen works on; what it did is sent once when the line is back", async ({ as, problems }) => {
  problems.expect(/ERR_INTERNET_DISCONNECTED/);
  const page = await as("kitchen");
  const planned = await plan(page, 67);
  const manager = await as("manager");
  await open(manager, "/stock");
  const before = read(await onHand(manager, planned.product).innerText());
  await open(page, "/kitchen");
  await page.context().setOffline(true);
  const mark = page.locator(".rail .offline-mark");
  await expect(mark).toHaveText(diga("common.offline"));
  await card(page, "pending", planned, 67).getByRole("button", { name: diga("kitchen.start"), exact: true }).click();
  const baking = card(page, "in_progress", planned, 67);
  await expect(baking.getByText(diga("kitchen.waiting"))).toBeVisible();
  await expect(mark).toHaveText(diga("common.offline_pending", { count: 1 }));
  await baking.getByRole("button", { name: diga("kitchen.finish", { quantity: 67 }) }).click();
  await expect(card(page, "completed", planned, 67)).toBeVisible();
  await expect(mark).toHaveText(diga("common.offline_pending", { count: 2 }));
  // It waits on the device and not only on the page.
  expect((await queued(page)).map(({ what }) => what)).toEqual(["start", "complete"]);
  await page.context().setOffline(false);
  await expect(mark).toHaveCount(0, { timeout: 30_000 });
  await expect(card(page, "completed", planned, 67).getByText(diga("kitchen.waiting"))).toHaveCount(0);
  await expect(onHand(manager, planned.product)).toHaveText(written("es", before + 67));
  expect(await queued(page)).toEqual([]);
});

test("what waits outlives the page: a tablet that was closed without a network sends it on the next visit", async ({ as, problems }) => {
  problems.expect(/ERR_INTERNET_DISCONNECTED/);
  const page = await as("kitchen");
  const planned = await plan(page, 68);
  await open(page, "/kitchen");
  await page.context().setOffline(true);
  await card(page, "pending", planned, 68).getByRole("button", { name: diga("kitchen.start"), exact: true }).click();
  await expect(card(page, "in_progress", planned, 68)).toBeVisible();
  await page.goto("about:blank");
  await page.context().setOffline(false);
  await open(page, "/kitchen");
  await expect(card(page, "in_progress", planned, 68)).toBeVisible();
  await expect(page.locator(".rail .offline-mark")).toHaveCount(0, { timeout: 30_000 });
  await open(page, planned.path);
  await expect(page.getByText(diga("orders.status_in_progress"), { exact: true }).first()).toBeVisible();
});

test("language and appearance change at once and keep what was typed", async ({ as }) => {
  const page = await as("kitchen");
  await open(page, "/orders/new");
  const note = page.locator("textarea[name=note]");
  await note.fill("Sin sésamo, por favor");
  await page.locator("input[name=quantity]").fill("24");
  await page.evaluate(() => Object.assign(globalThis, { stayed: true }));
  await page.getByRole("button", { name: new RegExp(DEMO.kitchen.name) }).click();
  await page.getByRole("radio", { name: "English" }).check({ force: true });
  await expect(page.getByRole("button", { name: words("en", "orders.plan_it") })).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.getByRole("radio", { name: words("en", "common.theme_dark") }).check({ force: true });
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  expect(await ground()).not.toBe(light);
  await expect(note).toHaveValue("Sin sésamo, por favor");
  await expect(page.locator("input[name=quantity]")).toHaveValue("24");
  expect(await page.evaluate(() => "stayed" in globalThis)).toBe(true);
  // And stays so on the next page.
  await open(page, "/orders");
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
});

test("waste cannot exceed what is there, is written off once, and can be taken back", async ({ as, problems }) => {
  problems.expect(/remove_stock/); // the refusal
  const page = await as("manager");
  const say = speaker(DEMO.manager);
  await open(page, "/stock/waste");
  const tile = page.locator(".tile").first();
  const product = await tile.locator(".tile-name").innerText();
  const there = read(await tile.locator(".tile-count").innerText());
  await tile.click();
  const quantity = page.getByLabel(say("stock.quantity"), { exact: true });
  const out = page.locator(".waste-entry .button-primary");
  await quantity.fill(String(there + 1));
  await out.click();
  await expect(page.getByText(say("stock.refused_exceeds")).first()).toBeVisible();
  await expect(quantity).toHaveValue(String(there + 1));
  await quantity.fill("1");
  await out.dblclick();
  await expect(page.getByText(pattern("es", "stock.wasted", { product }))).toHaveCount(1);
  const same = page.locator(".tile").filter({ has: page.getByText(product, { exact: true }) });
  await expect(same.locator(".tile-count")).toHaveText(written("es", there - 1));
  await page.locator(".toast-undo").click();
  await expect(same.locator(".tile-count")).toHaveText(written("es", there));
});

test("goods go on the road once and arrive with a reason for what is missing", async ({ as }) => {
  const page = await as("kitchen");
  await open(page, "/stock/transfers/new?way=send");
  const other = page.getByLabel(diga("transfers.other_shop"), { exact: true });
  const to = await other.locator("option").nth(1).getAttribute("value");
  await other.selectOption(to);
  const tile = page.locator(".tile").first();
  const product = await tile.locator(".tile-name").innerText();
  await tile.click();
  await page.getByLabel(diga("stock.quantity"), { exact: true }).fill("2");
  await page.getByRole("button", { name: diga("stock.keep_count") }).click();
  await expect(tile).toHaveAttribute("aria-pressed", "true");
  await page.locator(".waste-entry .button-primary").dblclick();
  await page.waitForURL(/\/stock\/transfers$/);
  const card = page.locator(".transfer").filter({ hasText: product });
  await expect(card).toHaveCount(1);
  await expect(card).toHaveAttribute("data-status", "in_transit");
  // At the other end one is broken.
  await open(page, `/stock/transfers?store=${to}`);
  await card.getByRole("button", { name: diga("transfers.receive") }).click();
  const sheet = page.locator("dialog[open]");
  await sheet.getByLabel(product, { exact: true }).fill("1");
  const why = sheet.getByLabel(pattern("es", "transfers.why", { product }));
  await why.selectOption("damaged");
  // The battery is empty; what was typed comes back with its reason.
  await open(page, `/stock/transfers?store=${to}`);
  await card.getByRole("button", { name: diga("transfers.receive") }).click();
  await expect(sheet.getByLabel(product, { exact: true })).toHaveValue("1");
  await expect(why).toHaveValue("damaged");
  await sheet.locator(".button-primary").click();
  await expect(card).toHaveAttribute("data-status", "received");
  await expect(card.getByText(pattern("es", "transfers.of_sent", { quantity: "2" }))).toBeVisible();
  await expect(card.getByRole("button")).toHaveCount(0);
});

test("what was typed for a transfer survives a reload, and an answer that was lost sends nothing twice", async ({ as, problems }) => {
  problems.expect(/net::ERR_FAILED .*\/api\/create_transfer/);
  const page = await as("kitchen");
  await open(page, "/stock/transfers/new?way=send");
  const other = page.getByLabel(diga("transfers.other_shop"), { exact: true });
  const to = await other.locator("option").nth(1).getAttribute("value");
  await other.selectOption(to);
  const tile = page.locator(".tile").nth(1);
  const product = await tile.locator(".tile-name").innerText();
  await tile.click();
  await page.getByLabel(diga("stock.quantity"), { exact: true }).fill("2");
  await page.getByRole("button", { name: diga("stock.keep_count") }).click();
  await page.getByLabel(diga("orders.note")).fill("furgoneta de las nueve");
  await open(page, "/stock/transfers/new?way=send");
  await expect(other).toHaveValue(to!);
  await expect(tile).toHaveAttribute("aria-pressed", "true");
  await expect(page.getByLabel(diga("orders.note"))).toHaveValue("furgoneta de las nueve");
  // It arrives, and nobody hears of it.
  let lost = 0;
  await page.route("**/api/create_transfer*", async (route) => {
    await route.fetch();
    lost += 1;
    await route.abort();
  });
  const press = page.locator(".waste-entry .button-primary");
  await press.click();
  const notice = page.getByText(diga("transfers.unanswered"));
  await expect(notice).toBeVisible();
  await page.unroute("**/api/create_transfer*");
  await open(page, "/stock/transfers/new?way=send");
  await expect(notice).toBeVisible();
  await expect(tile).toHaveAttribute("aria-pressed", "true");
  await press.click();
  await page.waitForURL(/\/stock\/transfers$/);
  expect(lost).toBe(1);
  await expect(page.locator(".transfer").filter({ hasText: product })).toHaveCount(1);
  await open(page, "/stock/transfers/new?way=send");
  await expect(tile).toHaveAttribute("aria-pressed", "false");
  await expect(notice).toHaveCount(0);
});

test("what arrives for a page that has gone disturbs nobody", async ({ as }) => {
  const page = await as("kitchen");
  let release: () => void = () => undefined;
  const released = new Promise<void>((done) => {
    release = done;
  });
  // The page itself comes; the timers and the bell come when nobody is there any more.
  await page.route(/pack_kitchen_later\.wasm$/, async (route) => {
    await released;
    await route.continue();
  });
  await open(page, "/orders");
  await page.locator('a[href="/kitchen"]').first().click();
  await page.waitForURL("**/kitchen");
  await page.locator("html[data-arriving]").waitFor({ state: "attached" });
  await page.locator('a[href="/orders"]').first().click();
  await page.waitForURL("**/orders");
  release();
  await alive(page);
  // The bell would listen for this.
  await page.locator("h1").first().click();
  await expect(page.locator("h1").first()).toBeVisible();
});
