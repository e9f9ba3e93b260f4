// A tablet without a network: it works on, opens again, and loses nothing.
import { batch, onHand } from "../support/baking.ts";
import { DEMO } from "../support/demo.ts";
import { bench, command, isKept, Line, marks, planned, queued, sent, TABLET, waits } from "../support/offline.ts";
import { leave, signIn, speaker } from "../support/people.ts";
import { alive, expect, open, type Page, test } from "../support/test.ts";
import { pattern, read, written } from "../support/words.ts";

const diga = speaker(DEMO.kitchen);

test.beforeEach(() => test.setTimeout(120_000));

/** The board's own pause after a press, against double presses. */
const SETTLE = 450;

async function press(page: Page, card: ReturnType<typeof batch>, words: string): Promise<void> {
  await card.getByRole("button", { name: words, exact: true }).click();
  await page.waitForTimeout(SETTLE);
}

function card(page: Page, status: "pending" | "in_progress" | "completed", at: { name: string; shop: string }, quantity: number) {
  return batch(page, status, at.name, at.shop, written("es", quantity));
}

const start = (page: Page, at: { name: string; shop: string }, quantity: number) => press(page, card(page, "pending", at, quantity), diga("kitchen.start"));
const finish = (page: Page, at: { name: string; shop: string }, quantity: number) =>
  press(page, card(page, "in_progress", at, quantity), diga("kitchen.finish", { quantity: written("es", quantity) }));

/** Writes one of the first product off on the page that is open for it. */
async function wasted(page: Page): Promise<string> {
  const tile = page.locator(".tile").first();
  const name = await tile.locator(".tile-name").innerText();
  await tile.click();
  await page.getByLabel(diga("stock.quantity"), { exact: true }).fill("1");
  await page.locator(".waste-entry .button-primary").click();
  return name;
}

test("an hour without a network: 50 actions and two reloads arrive once each and in order", async ({ as, demo, problems }) => {
  test.setTimeout(300_000);
  problems.expect(/ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_FAILED|ERR_SOCKET|ERR_INCOMPLETE/);
  const line = await Line.to(demo.url);
  const page = await as("kitchen", { ...TABLET, baseURL: line.url });
  const at = await bench(page);
  const quantities = Array.from({ length: 16 }, (_, i) => 201 + i);
  await planned(page, at, quantities);
  const manager = await as("manager");
  await open(manager, "/stock");
  const before = read(await onHand(manager, at.name).innerText());

  await page.clock.install();
  await open(page, "/stock/waste");
  await isKept(page, "/stock/waste");
  await open(page, "/kitchen");
  await isKept(page, "/kitchen");
  await expect(card(page, "pending", at, 216)).toBeVisible();
  await line.cut();

  for (const quantity of quantities) await start(page, at, quantity);
  for (const quantity of quantities.slice(0, 6)) await finish(page, at, quantity);
  await expect(marks(page)).toHaveText(waits(22));
  await page.clock.fastForward("30:00");

  // The battery is empty: the board comes back as it was left, and says how old it is.
  await page.reload();
  await alive(page);
  await expect(page.locator(".kept-notice b")).toHaveText(pattern("es", "queue.as_of"));
  await expect(marks(page)).toHaveText(waits(22));
  await expect(card(page, "completed", at, 206)).toBeVisible();
  for (const quantity of quantities.slice(6)) await finish(page, at, quantity);
  await expect(card(page, "completed", at, 216)).toBeVisible();

  // Waste, on its own page, from the same device.
  await page.goto("/stock/waste");
  await alive(page);
  const tile = page.locator(".tile").filter({ has: page.getByText(at.name, { exact: true }) });
  for (let count = 1; count <= 18; count += 1) {
    await tile.click();
    await page.getByLabel(diga("stock.quantity"), { exact: true }).fill("1");
    await page.locator(".waste-entry .button-primary").click();
    await expect(marks(page)).toHaveText(waits(32 + count));
    if (count === 9) {
      await page.clock.fastForward("30:00");
      await page.reload();
      await alive(page);
    }
  }
  const waiting = await queued(page);
  expect(waiting).toHaveLength(50);
  // The hour went by on the tablet alone. With it the server would take the waste for older than the demo's own first count.
  await page.clock.setSystemTime(Date.now());

  const arrived = sent(page);
  await line.mend();
  await expect(marks(page)).toHaveCount(0, { timeout: 60_000 });
  expect(arrived).toEqual(waiting.map((entry) => entry.command_id));
  expect(await queued(page)).toEqual([]);
  const made = quantities.reduce((sum, quantity) => sum + quantity, 0);
  await expect(onHand(manager, at.name)).toHaveText(written("es", before + made - 18));
  await open(page, "/kitchen");
  for (const quantity of quantities) {
    await expect(card(page, "completed", at, quantity)).toHaveCount(1);
  }
  await expect(page.locator(".batch .pill")).toHaveCount(0);
});

test("what somebody else did meanwhile comes back as a question, and holds up nothing else", async ({ as, problems }) => {
  problems.expect(/ERR_INTERNET_DISCONNECTED|ERR_FAILED|(start|complete)_order/);
  const page = await as("kitchen", TABLET);
  const at = await bench(page);
  await planned(page, at, [231, 232, 233]);
  const other = await as("kitchen");
  await open(page, "/kitchen");
  await expect(card(page, "pending", at, 233)).toBeVisible();
  await page.context().setOffline(true);
  for (const quantity of [231, 232, 233]) await start(page, at, quantity);
  for (const quantity of [231, 232]) await finish(page, at, quantity);
  const orders = (await queued(page)).filter(({ what }) => what === "start").map(({ order_id }) => order_id);

  // Another tablet finishes the first with another number, and the second is cancelled.
  await command(other, "start_order", { order_id: orders[0] });
  await command(other, "complete_order", { order_id: orders[0], produced_quantity: 220, lost_quantity: 5 });
  await command(other, "cancel_order", { order_id: orders[1], reason: "Falta harina" });
  await page.context().setOffline(false);

  const aside = page.locator(".kitchen .aside-mark");
  await expect(aside).toHaveText(diga("common.aside", { count: 2 }), { timeout: 30_000 });
  await expect(page.locator(".kitchen .offline-mark:not(.aside-mark)")).toHaveCount(0);
  await expect(card(page, "in_progress", at, 233)).toBeVisible();
  await expect(card(page, "completed", at, 220)).toBeVisible();
  // It is a question after a reload too.
  await page.reload();
  await alive(page);
  await aside.click();
  const questions = page.locator("dialog[open] .aside");
  await expect(questions).toHaveCount(2);
  const first = questions.filter({ hasText: "220" });
  await expect(first).toContainText(DEMO.kitchen.name);
  await first.getByRole("button", { name: diga("queue.record_mine", { quantity: 231 }) }).click();
  await expect(questions).toHaveCount(1);
  await expect(questions).toContainText("Falta harina");
  await questions.getByRole("button", { name: diga("queue.record_anew", { quantity: 232 }) }).click();
  await expect(aside).toHaveCount(0);
  for (const quantity of [231, 232]) await expect(card(page, "completed", at, quantity)).toHaveCount(1);
  await expect(card(page, "completed", at, 220)).toHaveCount(0);
  expect(await queued(page)).toEqual([]);
});

test("two pages of one tablet show the same queue and send it once", async ({ as, problems }) => {
  problems.expect(/ERR_INTERNET_DISCONNECTED|ERR_FAILED/);
  const page = await as("kitchen", TABLET);
  const at = await bench(page);
  await planned(page, at, [241, 242]);
  const second = await page.context().newPage();
  await open(page, "/kitchen");
  await open(second, "/kitchen");
  await expect(card(second, "pending", at, 242)).toBeVisible();
  await page.context().setOffline(true);
  await start(page, at, 241);
  await expect(card(second, "in_progress", at, 241).getByText(diga("kitchen.waiting"))).toBeVisible();
  await finish(second, at, 241);
  await start(second, at, 242);
  await expect(marks(page)).toHaveText(diga("common.offline_pending", { count: 3 }));
  const waiting = (await queued(page)).map(({ command_id }) => command_id);
  const arrived = sent(page, second);
  await page.context().setOffline(false);
  await expect(marks(page)).toHaveCount(0, { timeout: 30_000 });
  await expect(marks(second)).toHaveCount(0);
  expect(arrived).toEqual(waiting);
  await expect(card(page, "completed", at, 241)).toHaveCount(1);
});

test("what one page cannot send another page of the tablet sends at once", async ({ as, problems }) => {
  problems.expect(/ERR_FAILED|start_order/);
  const page = await as("kitchen", TABLET);
  const at = await bench(page);
  await planned(page, at, [246]);
  const second = await page.context().newPage();
  await open(page, "/kitchen");
  await open(second, "/kitchen");
  await expect(card(second, "pending", at, 246)).toBeVisible();
  await page.route("**/api/start_order", (route) => route.abort());
  const arrived = sent(second);
  await start(page, at, 246);
  await expect(marks(page)).toHaveCount(0);
  expect(arrived).toHaveLength(1);
  await expect(card(second, "in_progress", at, 246)).toHaveCount(1);
});

test("what the server refuses when the page has gone becomes a question", async ({ as, problems }) => {
  problems.expect(/422|remove_stock/);
  const page = await as("kitchen", TABLET);
  await open(page, "/stock/waste");
  await page.route("**/api/remove_stock", async (route) => {
    await page.waitForURL("**/kitchen");
    const field = { field: "quantity", reason: "exceeds_on_hand", message: "Too many." };
    await route.fulfill({ status: 422, json: { code: "invalid", reason: "", message: "No.", fields: [field], request_id: "r-1" } });
  });
  await wasted(page);
  await page.locator('a[href="/kitchen"]').first().click();
  const aside = page.locator(".kitchen .aside-mark");
  await expect(aside).toHaveText(diga("common.aside", { count: 1 }));
  await aside.click();
  await page.locator("dialog[open] .aside").getByRole("button", { name: diga("queue.discard") }).click();
  await expect(aside).toHaveCount(0);
});

test("undoing what was booked though its answer was lost reverses it", async ({ as, problems }) => {
  problems.expect(/ERR_FAILED|remove_stock/);
  const page = await as("kitchen", TABLET);
  await open(page, "/stock/waste");
  const there = await page.locator(".tile .tile-count").first().innerText();
  await page.route("**/api/remove_stock", async (route) => {
    await route.fetch();
    await route.abort();
  });
  const name = await wasted(page);
  const undo = page.locator(".toast-undo");
  await undo.click();
  // A call that is on its way meets its end first.
  await page.unrouteAll({ behavior: "wait" });
  const reversed = page.waitForResponse("**/api/reverse_movement");
  await page.evaluate(() => dispatchEvent(new Event("online")));
  expect((await reversed).status()).toBe(200);
  await expect(marks(page)).toHaveCount(0);
  await page.reload();
  await alive(page);
  const tile = page.locator(".tile").filter({ has: page.getByText(name, { exact: true }) });
  await expect(tile.locator(".tile-count")).toHaveText(there);
});

test("who signs out with changes waiting is asked, keeps them, and leaves nothing to see", async ({ as, demo, problems }) => {
  problems.expect(/ERR_FAILED|start_order/);
  const page = await as("kitchen", TABLET);
  const at = await bench(page);
  await planned(page, at, [251]);
  await open(page, "/kitchen");
  await isKept(page, "/kitchen");
  await page.route("**/api/start_order", (route) => route.abort());
  await start(page, at, 251);
  await expect(marks(page)).toHaveText(diga("common.pending", { count: 1 }));
  const out = async () => {
    await page.getByRole("button", { name: new RegExp(DEMO.kitchen.name) }).click();
    await page.getByRole("button", { name: diga("common.sign_out") }).click();
  };
  await out();
  const question = page.getByRole("dialog", { name: diga("queue.leave_title", { count: 1 }) });
  await question.getByRole("button", { name: diga("queue.leave_stay") }).click();
  await expect(marks(page)).toHaveText(diga("common.pending", { count: 1 }));
  await out();
  await question.getByRole("button", { name: diga("queue.leave_go") }).click();
  await page.waitForURL(/\/login/);
  leave(demo, DEMO.kitchen);
  await expect.poll(() => page.evaluate(async () => (await caches.keys()).filter((name) => name.startsWith("hornada-data-")))).toEqual([]);
  await page.unroute("**/api/start_order");
  await signIn(page, DEMO.kitchen);
  await open(page, "/kitchen");
  await expect(card(page, "in_progress", at, 251)).toBeVisible({ timeout: 30_000 });
  await expect(marks(page)).toHaveCount(0, { timeout: 30_000 });
});

test("what somebody did is not sent while another person is signed in", async ({ as, problems }) => {
  problems.expect(/ERR_FAILED|401|start_order/);
  const page = await as("kitchen", TABLET);
  const at = await bench(page);
  await planned(page, at, [256]);
  await open(page, "/kitchen");
  await page.route("**/api/start_order", (route) => route.abort());
  await start(page, at, 256);
  await expect(marks(page)).toHaveText(diga("common.pending", { count: 1 }));
  const second = await page.context().newPage();
  await page.context().clearCookies({ name: "hornada_session" });
  await signIn(second, DEMO.manager);
  const answered = page.waitForResponse("**/api/start_order");
  await page.unroute("**/api/start_order");
  // The queue tries at once, and not after its pause.
  const tries = () => page.evaluate(() => dispatchEvent(new Event("online")));
  await tries();
  expect((await answered).status()).toBe(401);
  expect(await queued(page)).toHaveLength(1);
  await page.context().clearCookies({ name: "hornada_session" });
  await signIn(second, DEMO.kitchen);
  await tries();
  await expect.poll(() => queued(page)).toEqual([]);
});

test("a count without a network is booked as of when it was taken, though the tablet's clock is wrong", async ({ as, demo, problems }) => {
  problems.expect(/ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_FAILED|ERR_SOCKET|ERR_INCOMPLETE/);
  const line = await Line.to(demo.url);
  const page = await as("manager", { ...TABLET, baseURL: line.url });
  const say = speaker(DEMO.manager);
  // Three hours ahead.
  await page.clock.install({ time: Date.now() + 3 * 3_600_000 });
  // Opened a second time, it comes through the worker that the first opening brought.
  await open(page, "/stock/waste");
  await isKept(page, "/stock/waste");
  await open(page, "/stock/count");
  const product = await page.locator(".tile .tile-name").first().innerText();
  await open(page, "/stock");
  const counted = read(await onHand(page, product).innerText()) + 1;
  await open(page, "/stock/count");
  await isKept(page, "/stock/count");
  await line.cut();
  await page.reload();
  await alive(page);
  const tile = page.locator(".tile").first();
  await tile.click();
  await page.getByLabel(say("stock.there_are"), { exact: true }).fill(String(counted));
  await page.getByRole("button", { name: say("stock.keep_count") }).click();
  await expect(tile.locator(".tile-count")).toHaveText(written("es", counted));
  await expect(marks(page)).toHaveText(waits(1));
  // The battery is empty; what was counted is still there.
  await page.reload();
  await alive(page);
  await expect(tile.locator(".tile-count")).toHaveText(written("es", counted));
  await line.mend();
  await expect(marks(page)).toHaveCount(0, { timeout: 30_000 });
  await page.locator(".send-bar .button-primary").click();
  const review = page.locator("dialog[open]");
  await expect(review.getByRole("row").filter({ hasText: product })).toContainText("+1");
  await review.getByRole("button", { name: say("stock.count_book") }).click();
  await expect(page.getByText(say("stock.count_booked"))).toBeVisible();
  await open(page, "/stock");
  await expect(onHand(page, product)).toHaveText(written("es", counted));
});

test("a page that came past the worker is taken in by it", async ({ as }) => {
  const page = await as("kitchen", TABLET);
  await open(page, "/kitchen");
  await isKept(page, "/kitchen");
  const devtools = await page.context().newCDPSession(page);
  const loaded = page.waitForEvent("load");
  // As with the keys that load a page past everything that is kept; one that was on its way while the worker came is in the same place.
  await devtools.send("Page.reload", { ignoreCache: true });
  await loaded;
  await alive(page);
  await isKept(page, "/kitchen");
});

test("a database that fails for a while is no empty queue", async ({ as, problems }) => {
  problems.expect(/ERR_FAILED|start_order/);
  const page = await as("kitchen", TABLET);
  const at = await bench(page);
  await planned(page, at, [258]);
  await open(page, "/kitchen");
  await page.route("**/api/start_order", (route) => route.abort());
  await start(page, at, 258);
  await expect(marks(page)).toHaveText(diga("common.pending", { count: 1 }));
  await page.evaluate(() => {
    const { getAll } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.getAll = () => {
      throw new DOMException("gone", "UnknownError");
    };
    Object.assign(window, { mended: () => (IDBObjectStore.prototype.getAll = getAll) });
    // Another page of the device has written something.
    dispatchEvent(new Event("storage"));
  });
  await page.waitForTimeout(1_000);
  await expect(marks(page)).toHaveText(diga("common.pending", { count: 1 }));
  await page.unroute("**/api/start_order");
  await page.evaluate(() => {
    (window as unknown as { mended: () => void }).mended();
    dispatchEvent(new Event("online"));
  });
  await expect(marks(page)).toHaveCount(0);
  await expect(card(page, "in_progress", at, 258)).toHaveCount(1);
});

test("a device that keeps nothing sends all the same, and never says that it kept something", async ({ as, problems }) => {
  problems.expect(/ERR_FAILED|remove_stock/);
  const page = await as("kitchen", TABLET);
  await page.addInitScript(() => {
    // Never answers.
    IDBFactory.prototype.open = () => ({}) as IDBOpenDBRequest;
    Storage.prototype.setItem = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
  });
  await open(page, "/stock/waste");
  await page.route("**/api/remove_stock", (route) => route.abort());
  await wasted(page);
  await expect(marks(page)).toHaveText(diga("common.pending", { count: 1 }));
  await page.waitForTimeout(5_000);
  await expect(page.getByText(diga("queue.kept"))).toHaveCount(0);
  await page.unroute("**/api/remove_stock");
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await expect(page.locator(".toast-undo")).toBeVisible();
  await expect(marks(page)).toHaveCount(0);
});

test("a timer on a card survives a reload and says when time is up", async ({ as }) => {
  const page = await as("kitchen", TABLET);
  const at = await bench(page);
  await planned(page, at, [261]);
  await page.clock.install();
  await open(page, "/kitchen");
  await start(page, at, 261);
  const baking = card(page, "in_progress", at, 261);
  await baking.getByRole("button", { name: diga("kitchen.timer_minutes", { minutes: 10 }), exact: true }).click();
  await expect(baking.locator(".timer-left")).toContainText(/09:5|10:00/);
  await page.clock.fastForward("05:00");
  await page.reload();
  await alive(page);
  await expect(baking.locator(".timer-left")).toContainText(/0[45]:/);
  await page.clock.fastForward("05:01");
  await expect(baking.getByText(diga("kitchen.timer_due"))).toBeVisible();
  await baking.getByRole("button", { name: diga("kitchen.timer_stop"), exact: true }).click();
  await expect(baking.getByText(diga("kitchen.timer_due"))).toHaveCount(0);
  const sound = page.getByRole("button", { name: diga("kitchen.sound_on") });
  await sound.click();
  await page.reload();
  await alive(page);
  await expect(page.getByRole("button", { name: diga("kitchen.sound_off") })).toHaveAttribute("aria-pressed", "true");
});

test("a timer of a batch that is not on the board can be stopped, and ends with its batch", async ({ as }) => {
  const page = await as("kitchen", TABLET);
  const at = await bench(page);
  await planned(page, at, [266]);
  await page.clock.install();
  await open(page, "/kitchen");
  await start(page, at, 266);
  const five = card(page, "in_progress", at, 266).getByRole("button", { name: diga("kitchen.timer_minutes", { minutes: 5 }), exact: true });
  await five.click();
  const days = page.locator(".kitchen-days a");
  // The day before; a later day's board goes on showing what is in the oven.
  await days.first().click();
  await expect(card(page, "in_progress", at, 266)).toHaveCount(0);
  await page.clock.fastForward("05:01");
  const away = page.locator(".timer-away");
  await expect(away).toContainText(at.name);
  await away.getByRole("button", { name: diga("kitchen.timer_stop"), exact: true }).click();
  await expect(away).toHaveCount(0);

  await days.last().click();
  await five.click();
  const order = await page.evaluate(() => Object.keys(JSON.parse(localStorage.getItem("hornada_timers") ?? "{}"))[0]);
  await command(await as("kitchen"), "cancel_order", { order_id: order, reason: "Falta harina" });
  await expect(card(page, "in_progress", at, 266)).toHaveCount(0);
  await page.clock.fastForward("05:01");
  await expect(away).toHaveCount(0);
  expect(await page.evaluate(() => localStorage.getItem("hornada_timers"))).toBe("{}");
});
