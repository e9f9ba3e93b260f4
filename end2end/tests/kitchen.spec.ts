// The kitchen's board beside starting and finishing: the recipe at the bench, and what is not baked after all.
import type { Locator } from "@playwright/test";
import { batch, sheet } from "../support/baking.ts";
import { DEMO } from "../support/demo.ts";
import { bench, command, isKept, Line, marks, planned, queued, sent, TABLET, waits } from "../support/offline.ts";
import { speaker } from "../support/people.ts";
import { alive, expect, open, test } from "../support/test.ts";
import { pattern, written } from "../support/words.ts";

const diga = speaker(DEMO.kitchen);

const NO_LINE = /ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_FAILED|ERR_SOCKET|ERR_INCOMPLETE/;

/** The board's own pause after a press, against double presses. */
const SETTLE = 450;

test.beforeEach(() => test.setTimeout(120_000));

/** What is written of each step of a recipe: its head, and how much of what goes in. */
async function steps(all: Locator, head: string, name: string, amount: string): Promise<string[][]> {
  await expect(all).not.toHaveCount(0);
  return all.evaluateAll(
    (all, [head, name, amount]) =>
      all.map((step) => {
        const told = (within: Element, what: string) => within.querySelector(what)?.textContent?.trim() ?? "";
        const lines = Array.from(step.querySelectorAll("li"));
        return [told(step, head), ...lines.map((line) => `${told(line, name)}: ${told(line, amount)}`)];
      }),
    [head, name, amount] as const,
  );
}

test("the recipe of a batch is read from the bench, scaled to it, without a network too", async ({ as, demo, axe, problems }) => {
  problems.expect(NO_LINE);
  const line = await Line.to(demo.url);
  const page = await as("kitchen", { ...TABLET, baseURL: line.url });
  const at = await bench(page, "Barra de pan");
  // More than there is flour for.
  const many = 281_470;
  await planned(page, at, [many]);
  await open(page, `/orders?product=${at.product}`);
  const row = page.getByRole("row").filter({ has: page.locator("td.numeric").getByText(written("es", many), { exact: true }) });
  await row.getByRole("link").first().click();
  await page.waitForURL(/\/orders\/[0-9a-f-]{36}$/);
  const order = new URL(page.url()).pathname.split("/").at(-1);
  const theirs = await steps(page.locator(".recipe-step"), "summary", "span", "strong");
  expect(theirs.length).toBeGreaterThan(1);

  await open(page, "/kitchen");
  await isKept(page, "/kitchen", `batch-quantity">${written("es", many)}`);
  const card = (status: "pending" | "in_progress") => batch(page, status, at.name, at.shop, written("es", many));
  const recipe = sheet(page, at.name);
  const reads = async (status: "pending" | "in_progress") => {
    await card(status).getByRole("button", { name: diga("kitchen.recipe"), exact: true }).click();
    expect(await steps(recipe.locator(".bench-step"), "h3", ".bench-name", ".bench-amount")).toEqual(theirs);
    await expect(recipe).toContainText(diga("kitchen.planned_for", { quantity: written("es", many), store: at.shop }));
    // What is short is said beside its line.
    await expect(recipe.locator(".bench-line .pill").first()).toHaveText(pattern("es", "recipes.missing"));
    await expect(recipe.locator(".notice")).toHaveText(pattern("es", "kitchen.missing"));
  };
  const shut = async () => {
    await recipe.getByRole("button", { name: diga("common.close"), exact: true }).click();
    await expect(recipe).toHaveCount(0);
  };
  await reads("pending");
  await axe({ page, within: "dialog[open]" });
  const letters = await recipe.locator(".bench-line .bench-amount").first().evaluate((amount) => parseFloat(getComputedStyle(amount).fontSize));
  expect(letters).toBeGreaterThan(26);
  await shut();

  await line.cut();
  await page.reload();
  await alive(page);
  await expect(page.locator(".kept-notice b")).toHaveText(pattern("es", "queue.as_of"));
  await reads("pending");
  await shut();
  await card("pending").getByRole("button", { name: diga("kitchen.start"), exact: true }).click();
  await reads("in_progress");
  await shut();
  await line.mend();
  await expect(marks(page)).toHaveCount(0, { timeout: 60_000 });
  await command(page, "cancel_order", { order_id: order, reason: "Era una prueba" });
  await expect(card("in_progress")).toHaveCount(0);
});

test("a suggestion dismissed and a batch given up without a network leave the board at once and are sent once", async ({ as, demo, axe, problems }) => {
  problems.expect(NO_LINE);
  problems.expect(/cancel_order/); // the conflict
  const line = await Line.to(demo.url);
  const page = await as("kitchen", { ...TABLET, baseURL: line.url });
  const at = await bench(page);
  await planned(page, at, [286, 287]);
  const other = await as("kitchen");
  await open(page, "/kitchen");
  await isKept(page, "/kitchen", 'batch-quantity">287');
  const card = (status: "pending" | "in_progress" | "completed", quantity: number) => batch(page, status, at.name, at.shop, written("es", quantity));
  const last = page.locator(".batch-suggested").last();
  const product = await last.locator(".batch-name").innerText();
  const shop = await last.locator(".batch-store").innerText();
  const proposal = page
    .locator(".batch-suggested")
    .filter({ has: page.getByRole("heading", { name: product, exact: true }) })
    .filter({ has: page.locator(".batch-store").getByText(shop, { exact: true }) });
  await expect(proposal).toHaveCount(1);
  await line.cut();

  await proposal.getByRole("button", { name: diga("plan.dismiss"), exact: true }).click();
  const why = sheet(page, diga("plan.dismiss_question", { product }));
  const dismiss = why.getByRole("button", { name: diga("plan.dismiss"), exact: true });
  await expect(dismiss).toBeDisabled();
  const reason = why.getByRole("button", { name: diga("plan.reason_too_much"), exact: true });
  await reason.click();
  await expect(reason).toHaveAttribute("aria-pressed", "true");
  await expect(why.getByLabel(diga("plan.dismiss_reason"), { exact: true })).toHaveValue(diga("plan.reason_too_much"));
  await axe({ page, within: "dialog[open]" });
  await dismiss.click();
  await expect(proposal).toHaveCount(0);
  await expect(marks(page)).toHaveText(waits(1));
  await page.waitForTimeout(SETTLE);

  await card("pending", 286).getByRole("button", { name: diga("kitchen.start"), exact: true }).click();
  const gives = sheet(page, diga("kitchen.cancel_question", { product: at.name }));
  const givesUp = async (status: "pending" | "in_progress", quantity: number, words: string) => {
    await card(status, quantity).getByRole("button", { name: diga("orders.cancel"), exact: true }).click();
    await gives.getByLabel(diga("plan.dismiss_reason"), { exact: true }).fill(words);
    await gives.getByRole("button", { name: diga("orders.cancel"), exact: true }).click();
    await expect(card(status, quantity)).toHaveCount(0);
    await page.waitForTimeout(SETTLE);
  };
  await givesUp("in_progress", 286, "Se ha caído la bandeja");
  await givesUp("pending", 287, diga("kitchen.reason_not_needed"));
  await expect(marks(page)).toHaveText(waits(4));

  // The battery is empty: what was decided is still decided.
  await page.reload();
  await alive(page);
  await expect(marks(page)).toHaveText(waits(4));
  await expect(proposal).toHaveCount(0);
  await expect(card("in_progress", 286)).toHaveCount(0);
  const waiting = await queued(page);
  expect(waiting.map(({ what }) => what)).toEqual(["dismiss", "start", "cancel", "cancel"]);
  const [, , first, second] = waiting.map(({ order_id }) => order_id);

  // Somebody else bakes the second one meanwhile.
  await command(other, "start_order", { order_id: second });
  await command(other, "complete_order", { order_id: second, produced_quantity: 287, lost_quantity: 0 });
  const arrived = sent(page);
  await line.mend();
  const aside = page.locator(".rail .aside-mark");
  await expect(aside).toHaveText(diga("common.aside", { count: 1 }), { timeout: 60_000 });
  expect(arrived).toEqual(waiting.map(({ command_id }) => command_id));
  // Refused, it is undone on the board, and a question.
  await expect(card("completed", 287)).toHaveCount(1);
  await expect(card("in_progress", 286)).toHaveCount(0);
  await expect(proposal).toHaveCount(0);
  await aside.click();
  const question = page.locator("dialog[open] .aside");
  await expect(question).toContainText(diga("kitchen.reason_not_needed"));
  await question.getByRole("button", { name: diga("queue.keep_theirs"), exact: true }).click();
  await expect(aside).toHaveCount(0);
  expect(await queued(page)).toEqual([]);

  await open(other, `/orders/${first}`);
  await expect(other.getByText(diga("orders.status_cancelled"), { exact: true }).first()).toBeVisible();
  await expect(other.getByText("Se ha caído la bandeja").first()).toBeVisible();
  await open(other, "/plan");
  await other.getByRole("combobox", { name: diga("common.store"), exact: true }).selectOption({ label: shop.trim() });
  const decided = other.locator(".plan-card").filter({ has: other.getByRole("heading", { name: product, exact: true }) });
  await expect(decided).toHaveAttribute("data-status", "dismissed");
  await expect(decided.locator(".plan-dismissed")).toContainText(diga("plan.reason_too_much"));
});

test("the screen on the wall stays awake after it was switched off and on, and fills the wall", async ({ as }) => {
  const page = await as("kitchen", TABLET);
  await page.addInitScript(() => {
    const asked: string[] = [];
    Object.assign(window, { asked });
    const request = async (kind: string) => void asked.push(kind);
    Object.defineProperty(navigator, "wakeLock", { configurable: true, value: { request } });
    Element.prototype.requestFullscreen = async function () {
      asked.push(`full ${this.localName}`);
    };
  });
  const asked = () => page.evaluate(() => (window as unknown as { asked: string[] }).asked);
  await open(page, "/kitchen");
  await expect.poll(asked).toContain("screen");
  const before = (await asked()).length;
  const turned = (hidden: boolean) =>
    page.evaluate((hidden) => {
      Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
      document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
    }, hidden);
  await turned(true);
  // While nobody sees the page there is nothing to ask.
  expect(await asked()).toHaveLength(before);
  await turned(false);
  await expect.poll(async () => (await asked()).length).toBeGreaterThan(before);
  await page.getByRole("button", { name: diga("kitchen.full_screen"), exact: true }).click();
  await expect.poll(asked).toContain("full html");
});

test("who may not decide sees the board without the keys for it", async ({ as }) => {
  const kitchen = await as("kitchen");
  const at = await bench(kitchen);
  await planned(kitchen, at, [291]);
  const page = await as("manager");
  await open(page, "/kitchen");
  const card = batch(page, "pending", at.name, at.shop, written("es", 291));
  await expect(card).toBeVisible();
  for (const key of ["kitchen.start", "kitchen.recipe", "orders.cancel"]) {
    await expect(card.getByRole("button", { name: diga(key), exact: true })).toHaveCount(0);
  }
});

test("the stages of a batch are timed one after the other: the alert names the stage, and one press starts the next", async ({ as, axe }) => {
  const page = await as("kitchen", TABLET);
  const at = await bench(page, "Barra de pan");
  await planned(page, at, [292]);
  await page.clock.install();
  await open(page, "/kitchen");
  const card = (status: "pending" | "in_progress") => batch(page, status, at.name, at.shop, written("es", 292));
  const stage = (name: string) => diga(`recipes.stage_${name}`);
  const timed = (name: string, minutes: number) => diga("recipes.stage_time", { stage: stage(name), minutes });
  // Dough proofs before the batch is started.
  const waiting = card("pending");
  await waiting.getByRole("button", { name: timed("proof", 90), exact: true }).click();
  const left = waiting.locator(".timer-left");
  await expect(left).toContainText(stage("proof"));
  await page.clock.fastForward("18:00");
  await expect(left).toHaveText(/1\sh\s1[12]\smin/);
  await page.reload();
  await alive(page);
  await expect(left).toContainText(stage("proof"));
  await expect(waiting.getByRole("alert")).toHaveCount(0);

  await page.clock.fastForward("01:12:01");
  const alert = waiting.getByRole("alert");
  await expect(alert).toContainText(diga("kitchen.timer_stage_due", { stage: stage("proof") }));
  await expect(alert).toContainText(at.name);
  await axe({ page, within: ".timer-due" });
  // Its keys make way, and the batch's own move under the finger: the second half of a double press is not theirs.
  await alert.getByRole("button", { name: timed("bake", 22), exact: true }).dblclick();
  await expect(waiting.getByRole("alert")).toHaveCount(0);
  await expect(left).toContainText(stage("bake"));
  await page.waitForTimeout(SETTLE);
  await expect(waiting).toBeVisible();

  // It goes on when the batch goes into the oven.
  await waiting.getByRole("button", { name: diga("kitchen.start"), exact: true }).click();
  const baking = card("in_progress");
  await expect(baking.locator(".timer-left")).toContainText(stage("bake"));
  await page.clock.fastForward("22:01");
  await expect(baking.getByRole("alert")).toContainText(diga("kitchen.timer_stage_due", { stage: stage("bake") }));
  await baking.getByRole("button", { name: timed("cool", 30), exact: true }).click();
  await expect(baking.locator(".timer-left")).toContainText(stage("cool"));

  // What cools is out of the oven, and its timer rings without its card.
  await page.waitForTimeout(SETTLE);
  await baking.getByRole("button", { name: diga("kitchen.finish", { quantity: written("es", 292) }), exact: true }).click();
  await expect(baking).toHaveCount(0);
  await page.clock.fastForward("30:01");
  const away = page.locator(".timer-away");
  await expect(away).toContainText(diga("kitchen.timer_stage_due", { stage: stage("cool") }));
  await expect(away).toContainText(at.name);
  await away.getByRole("button", { name: diga("kitchen.timer_stop"), exact: true }).click();
  await expect(away).toHaveCount(0);
});

test("a timer takes any number of minutes up to a day", async ({ as, axe }) => {
  const page = await as("kitchen", TABLET);
  const at = await bench(page);
  await planned(page, at, [293]);
  await page.clock.install();
  await open(page, "/kitchen");
  const card = (status: "pending" | "in_progress") => batch(page, status, at.name, at.shop, written("es", 293));
  // A batch without stages has nothing to time before it is started.
  await expect(card("pending")).toBeVisible();
  await expect(card("pending").locator(".timer")).toHaveCount(0);
  await card("pending").getByRole("button", { name: diga("kitchen.start"), exact: true }).click();
  const baking = card("in_progress");
  await baking.getByRole("button", { name: diga("kitchen.timer_other"), exact: true }).click();
  const asks = sheet(page, at.name);
  const minutes = asks.getByLabel(diga("kitchen.timer_how_long"), { exact: true });
  for (const absurd of ["0", "1441", "-3"]) {
    await minutes.fill(absurd);
    await expect(asks.locator(".button-primary")).toBeDisabled();
  }
  await axe({ page, within: "dialog[open]" });
  await minutes.fill("7");
  await asks.getByRole("button", { name: diga("kitchen.timer_set", { minutes: 7 }), exact: true }).click();
  await expect(asks).toHaveCount(0);
  await expect(baking.locator(".timer-left")).toContainText(/06:5|07:00/);
  await page.clock.fastForward("07:01");
  await expect(baking.getByRole("alert")).toContainText(diga("kitchen.timer_due"));
  await baking.getByRole("button", { name: diga("kitchen.timer_stop"), exact: true }).click();
  await expect(baking.getByRole("alert")).toHaveCount(0);
});
