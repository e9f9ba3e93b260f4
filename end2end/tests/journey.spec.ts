// The whole path on real sales, by role: tickets in, a night, forecasts, a suggestion accepted and baked, the shelf, the
// next day's tickets, the next night, and how good yesterday's forecast was.
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mkdtemp, rm } from "node:fs/promises";
import { batch, onHand, sheet } from "../support/baking.ts";
import { type Person, speaker } from "../support/people.ts";
import { clocks, laterBy, type RealSales, realSales, realSalesMissing } from "../support/real_sales.ts";
import { arrived, figure, send, stateOf, take } from "../support/sending.ts";
import { Bakery } from "../support/server.ts";
import { alive, expect, open, test } from "../support/test.ts";
import { pattern, read, words, written } from "../support/words.ts";

const missing = realSalesMissing();
// The reporter marks skipped tests and keeps why to itself.
if (missing) console.log(`The journey on real sales is skipped: ${missing}`);

const PASSWORD = "warme-semmel-um-fuenf";
const ADMIN: Person = { email: "admin@ddop.example", password: PASSWORD, name: "Anna Amt", language: "en" };
const ANALYST: Person = { email: "analyst@ddop.example", password: PASSWORD, name: "Alma Zahl", language: "en" };
const KITCHEN: Person = { email: "oven@ddop.example", password: PASSWORD, name: "Otto Ofen", language: "es" };
const MANAGER: Person = { email: "shop@ddop.example", password: PASSWORD, name: "Lola Laden", language: "es" };

const PRODUCT = { sku: "pretzel", name: "Pretzel" };

test.describe("the whole path on real sales", () => {
  test.describe.configure({ mode: "serial" });
  test.skip(missing !== undefined, missing);

  const times = clocks(new Date());
  const yesterday = laterBy(times.today, -1);
  let folder: string;
  let bakery: Bakery;
  let sales: RealSales;
  /** A shop that trades on every day that is looked at. */
  let shop: { code: string; name: string };
  let planned: number;
  let baked: number;
  let pretzels: string;

  test.beforeAll(async () => {
    test.setTimeout(120_000);
    folder = await mkdtemp(join(tmpdir(), "hornada-real-"));
    sales = await realSales(folder, times);
    const open = sales.stores.find(({ code }) => (sales.sold.get(`${code} ${PRODUCT.sku}`) ?? 0) > 0 && sales.lastDay.has(code));
    if (!open) throw new Error("no shop trades on both days");
    shop = open;
    bakery = await Bakery.create();
    const password = { HORNADA_PASSWORD: PASSWORD };
    await bakery.commandWith(password, "setup", "--file", sales.catalog, "--admin", ADMIN.email, "--admin-name", ADMIN.name);
    const add = (person: Person, role: string) =>
      bakery.commandWith(password, "user", "add", "--email", person.email, "--name", person.name, "--role", role, "--language", person.language);
    await add(ANALYST, "analyst");
    await add(KITCHEN, "production");
    // The jobs are a process of their own here, so that it is the person at the button who starts the night and not the
    // clock, which would as soon as there are sales.
    await bakery.serve({ jobs: false });
  });

  test.afterAll(async () => {
    await bakery?.remove();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  test("an administrator lets the manager of one shop in", async ({ visit, axe, problems }) => {
    problems.expect(/create_user/); // the password that is too short
    const say = speaker(ADMIN);
    const page = await visit(bakery, ADMIN);
    await open(page, "/admin/users");
    await page.getByRole("button", { name: say("users.add") }).click();
    const form = page.getByRole("dialog", { name: say("users.add_title") });
    await form.getByLabel(say("users.name"), { exact: true }).fill(MANAGER.name);
    await form.getByLabel(say("users.email"), { exact: true }).fill(MANAGER.email);
    await form.getByLabel(say("users.password"), { exact: true }).fill("short");
    await form.getByRole("radio", { name: say("common.spanish") }).check({ force: true });
    await form.getByRole("switch", { name: say("users.role_store_manager") }).check({ force: true });
    await form.getByRole("switch", { name: `${shop.code} · ${shop.name}` }).check({ force: true });
    await axe({ page });
    await form.getByRole("button", { name: say("users.save_new"), exact: true }).click();
    await expect(form.getByText(say("users.err_password_short"))).toBeVisible();
    // What was typed is still there; only the password is new.
    await expect(form.getByLabel(say("users.email"), { exact: true })).toHaveValue(MANAGER.email);
    await form.getByLabel(say("users.password"), { exact: true }).fill(PASSWORD);
    await form.getByRole("button", { name: say("users.save_new"), exact: true }).click();
    await expect(page.getByText(say("users.added", { name: MANAGER.name }))).toBeVisible();
    await expect(page.getByRole("row", { name: new RegExp(`${MANAGER.name}.*${shop.name}`) })).toBeVisible();
  });

  test("an analyst sends eight months of tickets, sees them checked, and takes them", async ({ visit, axe }) => {
    test.setTimeout(240_000);
    const page = await visit(bakery, ANALYST);
    const say = speaker(ANALYST);
    const rows = written("en", sales.historyLines);
    // Slow enough to see the bar move; loopback would swallow the file at once.
    const line = await page.context().newCDPSession(page);
    await line.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 3_000_000 });
    await send(page, "en", sales.history);
    const bar = page.getByRole("progressbar", { name: new RegExp(say("imports.sending")) });
    await expect.poll(async () => Number(await bar.getAttribute("value")), { timeout: 20_000 }).toBeGreaterThan(0);
    const path = await arrived(page);
    await line.detach();
    await expect(stateOf(page)).toHaveText(say("imports.status_checked"), { timeout: 120_000 });
    await expect(page.getByText(say("imports.checked_title"))).toBeVisible();
    await expect(figure(page, "en", "imports.good")).toHaveText(rows);
    await expect(figure(page, "en", "imports.rejected")).toHaveText("0");
    await expect(figure(page, "en", "imports.days")).toHaveText(String(sales.historyDays));
    await axe({ page });

    await page.getByRole("button", { name: say("imports.take", { rows }) }).click();
    await expect(page.getByRole("progressbar", { name: say("imports.work_applying") })).toBeVisible();
    await expect(stateOf(page)).toHaveText(say("imports.status_applied"), { timeout: 180_000 });
    await expect(figure(page, "en", "imports.taken")).toHaveText(rows);

    // The same file once more: every row is known, nothing is there to be taken.
    await send(page, "en", sales.history);
    expect(await arrived(page)).not.toBe(path);
    await expect(page.getByText(say("imports.nothing_new"))).toBeVisible({ timeout: 120_000 });
    await expect(figure(page, "en", "imports.stored_already")).toHaveText(rows);
    await page.getByRole("button", { name: say("imports.discard") }).click();
    await expect(stateOf(page)).toHaveText(say("imports.status_discarded"));
  });

  test("an administrator starts the night by the button and sees it live", async ({ visit, axe }) => {
    test.setTimeout(300_000);
    const page = await visit(bakery, ADMIN);
    const say = speaker(ADMIN);
    await open(page, "/admin/jobs");
    await expect(page.getByText(say("jobs.empty_title"))).toBeVisible();
    // A load of the page would lose this; what comes from here on comes by itself.
    await page.evaluate(() => Object.assign(globalThis, { stayed: true }));
    const start = page.getByRole("button", { name: say("jobs.start") });
    await start.click();
    await expect(page.getByText(say("jobs.started"))).toBeVisible();
    const night = page.locator(".night");
    const state = night.locator(".night-head .pill").first();
    await expect(state).toHaveText(say("jobs.status_queued"));
    // Pressing again starts no second night.
    await start.click();
    await expect(page.getByText(say("jobs.started"))).toHaveCount(2);
    await expect(night).toHaveCount(1);

    bakery.work();
    await expect(state).toHaveText(say("jobs.status_running"), { timeout: 60_000 });
    const bar = night.getByRole("progressbar", { name: say("jobs.step_train") });
    const done = async () => Number((await bar.count()) ? await bar.getAttribute("value") : 0);
    await expect.poll(done, { timeout: 60_000 }).toBeGreaterThan(0);
    const seen = await done();
    await expect.poll(done, { timeout: 60_000, intervals: [200] }).toBeGreaterThan(seen);
    await expect(state).toHaveText(new RegExp(`^${say("jobs.status_succeeded")}`), { timeout: 200_000 });
    expect(await page.evaluate(() => "stayed" in globalThis)).toBe(true);
    await expect(night.locator(".night-note").first()).toContainText(say("jobs.by_button"));
    for (const step of ["quality_gate", "train", "backtest", "promote", "forecast", "suggestions", "report"]) {
      const shown = night.locator(".night-step").filter({ has: page.locator("b").getByText(say(`jobs.step_${step}`), { exact: true }) });
      await expect(shown).toHaveAttribute("data-status", /succeeded|degraded/);
    }
    await expect(night.getByText(pattern("en", "jobs.found_data", { series: 105 }))).toBeVisible();
    await expect(night.getByText(say("jobs.found_no_score"))).toBeVisible();
    await axe({ page });
  });

  test("tomorrow and the day four weeks ahead stand for the analyst and for the manager", async ({ visit, axe }) => {
    const page = await visit(bakery, ANALYST);
    const say = speaker(ANALYST);
    await open(page, "/forecast");
    await page.getByRole("combobox", { name: say("common.store"), exact: true }).selectOption({ label: shop.name });
    await expect(page).toHaveURL(/store=/);
    const tab = (ahead: number) => page.locator(".day-tabs a").filter({ has: page.getByText(say("forecast.day_ahead", { days: ahead }), { exact: true }) });
    const medians = new Map<number, number[]>();
    for (const ahead of [1, 28]) {
      await tab(ahead).click();
      await expect(tab(ahead)).toHaveAttribute("aria-current", "page");
      const rows = page.getByRole("table", { name: say("forecast.list_caption") }).getByRole("row").filter({ has: page.locator(".forecast-number") });
      await expect(rows).toHaveCount(3);
      const shown: number[] = [];
      for (const row of await rows.all()) {
        const median = read(await row.locator(".forecast-number").innerText());
        const [low = Number.NaN, high = Number.NaN] = (await row.locator(".range-words").innerText()).split("–").map(read);
        expect(low).toBeLessThanOrEqual(median);
        expect(median).toBeLessThanOrEqual(high);
        expect(high).toBeGreaterThan(0);
        shown.push(median);
      }
      medians.set(ahead, shown);
      await axe({ page });
    }
    // Who forecasts is said: a model that won, or the weekly rhythm.
    await expect(page.locator(".forecast-head .badge")).toHaveText(
      new RegExp(`${pattern("en", "forecast.source_model").source}|${say("forecast.source_baseline")}`),
    );

    const own = await visit(bakery, MANAGER);
    const diga = speaker(MANAGER);
    await open(own, "/forecast?days=1");
    await expect(own.getByRole("combobox", { name: diga("common.store"), exact: true })).toHaveCount(0);
    await expect(own.locator(".store-picker-name")).toHaveText(shop.name);
    const numbers = own.locator(".forecast-number");
    await expect(numbers).toHaveCount(3);
    expect((await numbers.allInnerTexts()).map(read)).toEqual(medians.get(1));
    // One product in depth: four weeks to come, each with its range.
    await own.getByRole("link", { name: PRODUCT.name, exact: true }).click();
    await expect(own.getByRole("heading", { level: 1, name: PRODUCT.name })).toBeVisible();
    await expect(own.locator(".coming-day .range-words").nth(20)).toBeVisible();
    await expect(own.locator(".chart canvas, .chart svg").first()).toBeVisible();
    await axe({ page: own });
    pretzels = new URL(own.url()).pathname.replace("/forecast/", "");
    expect(pretzels).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("the manager has no part in the plan; the kitchen accepts a suggestion, changed by a tray", async ({ visit, axe, problems }) => {
    problems.expect(/403/);
    const manager = await visit(bakery, MANAGER);
    const answer = await open(manager, "/plan");
    expect(answer.status()).toBe(403);
    await expect(manager.getByRole("heading", { name: words("es", "common.forbidden_title") })).toBeVisible();

    const page = await visit(bakery, KITCHEN);
    const diga = speaker(KITCHEN);
    await open(page, "/plan");
    await page.getByRole("combobox", { name: diga("common.store"), exact: true }).selectOption({ label: shop.name });
    const card = page.locator(".plan-card").filter({ has: page.getByRole("heading", { name: PRODUCT.name, exact: true }) });
    await expect(card).toBeVisible();
    const proposed = read(await card.locator(".plan-bake b").innerText());
    // "Why 96?" opens the reasons.
    await card.getByText(diga("plan.why", { quantity: written("es", proposed) })).click();
    await expect(card.getByText(pattern("es", "plan.why_forecast_single"))).toBeVisible();
    await axe({ page });
    const quantity = card.getByLabel(diga("plan.quantity"), { exact: true });
    await card.getByRole("button", { name: pattern("es", "common.increase") }).click();
    planned = Number(await quantity.inputValue());
    expect(planned).toBeGreaterThan(proposed);
    await card.getByRole("button", { name: diga("plan.accept"), exact: true }).click();
    await expect(page.getByText(diga("plan.accepted", { number: 1 }))).toBeVisible();
    await expect(card).toHaveAttribute("data-status", "accepted");
    await expect(card.getByText(diga("plan.instead_of", { quantity: written("es", proposed) }))).toBeVisible();
    await card.getByRole("link", { name: diga("plan.see_order") }).click();
    await expect(page.getByRole("heading", { level: 1, name: PRODUCT.name })).toBeVisible();
    // The manager learns what is on its way.
    await open(manager, "/stock");
    await expect(manager.getByRole("row", { name: new RegExp(PRODUCT.name) }).getByRole("cell").last()).toHaveText(written("es", planned));
  });

  test("the kitchen bakes it, with fewer than planned, and the shelf rises exactly once", async ({ visit, axe, problems }) => {
    problems.expect(/complete_order/); // the answer that is lost, and the refusal of the second screen
    const manager = await visit(bakery, MANAGER);
    await open(manager, "/stock");
    await expect(onHand(manager, PRODUCT.name)).toHaveText("0");

    const page = await visit(bakery, KITCHEN);
    const diga = speaker(KITCHEN);
    await open(page, "/kitchen");
    await batch(page, "pending", PRODUCT.name, shop.name).getByRole("button", { name: diga("kitchen.start"), exact: true }).click();
    const baking = batch(page, "in_progress", PRODUCT.name, shop.name);
    await expect(baking).toBeVisible();
    await axe({ page, within: ".kitchen-head" });

    // A second screen that hears of nothing any more, and still shows the batch in the oven later on.
    const deaf = await visit(bakery, KITCHEN);
    await deaf.route("**/api/v1/live*", (route) => route.fulfill({ status: 204 }));
    await open(deaf, "/kitchen");
    const late = batch(deaf, "in_progress", PRODUCT.name, shop.name);
    await expect(late).toBeVisible();

    // The answer of the first completion gets lost on its way: the tablet sends the same command again by itself.
    let sent = 0;
    await page.route("**/complete_order*", async (route) => {
      sent += 1;
      if (sent === 1) {
        await route.fetch();
        await route.abort("connectionreset");
      } else {
        await route.continue();
      }
    });
    baked = planned - 3;
    await baking.getByRole("button", { name: diga("kitchen.other_quantity") }).click();
    const form = sheet(page, PRODUCT.name);
    await form.getByLabel(diga("kitchen.produced"), { exact: true }).fill(String(baked));
    await form.getByLabel(diga("kitchen.lost"), { exact: true }).fill("3");
    await form.getByRole("button", { name: diga("kitchen.finish", { quantity: written("es", baked) }) }).click();
    const done = batch(page, "completed", PRODUCT.name, shop.name);
    await expect(done.getByText(diga("kitchen.lost_count", { quantity: 3 }))).toBeVisible();
    await expect.poll(() => sent).toBe(2);
    await expect(page.locator(".rail .offline-mark")).toHaveCount(0);

    // The second screen finishes it once more, and is told.
    await late.getByRole("button", { name: diga("kitchen.finish", { quantity: written("es", planned) }) }).click();
    await expect(deaf.getByText(diga("orders.refused_moved_on"))).toBeVisible();

    // The manager's page was open all the time.
    await expect(onHand(manager, PRODUCT.name)).toHaveText(written("es", baked));
    await manager.getByRole("link", { name: PRODUCT.name, exact: true }).click();
    const facts = manager.locator("tr.fact");
    await expect(facts.filter({ hasText: words("es", "stock.kind_production") })).toHaveCount(1);
    await expect(facts.first()).toContainText(`+${written("es", baked)}`);
    await expect(facts.first()).toContainText(KITCHEN.name);
    await axe({ page: manager });
  });

  test("the next day's tickets come in and the shelf falls by what was sold", async ({ visit }) => {
    test.setTimeout(120_000);
    const page = await visit(bakery, ANALYST);
    await send(page, "en", sales.nextDay);
    await arrived(page);
    await take(page, "en", written("en", sales.nextDayLines));
    const sold = sales.sold.get(`${shop.code} ${PRODUCT.sku}`) ?? 0;
    const manager = await visit(bakery, MANAGER);
    await open(manager, "/stock");
    await expect(onHand(manager, PRODUCT.name)).toHaveText(written("es", baked - sold));
  });

  test("the next night tells how good yesterday's forecast was", async ({ visit, axe }) => {
    test.setTimeout(240_000);
    const page = await visit(bakery, ADMIN);
    const say = speaker(ADMIN);
    await open(page, "/admin/jobs");
    await expect(page.locator(".night")).toHaveCount(1);
    // The button runs last night's; this one is run by the operator as soon as the day's sales are in.
    await bakery.stopWork();
    await bakery.command("nightly", "--date", times.today);
    const night = page.locator(".night").first();
    await expect(page.locator(".night")).toHaveCount(2);
    await expect(night.locator(".night-head .pill").first()).toHaveText(new RegExp(`^${say("jobs.status_succeeded")}`));
    await expect(night.locator(".night-note").first()).toContainText(say("jobs.by_command_line"));
    await expect(night.getByText(pattern("en", "jobs.found_score"))).toBeVisible();

    const manager = await visit(bakery, MANAGER);
    const diga = speaker(MANAGER);
    await open(manager, "/today");
    const score = manager.locator(".today-numbers .stat").filter({ has: manager.getByText(diga("today.stat_yesterday"), { exact: true }) });
    await expect(score.locator(".stat-detail")).toHaveText(pattern("es", "today.error_of"));
    await axe({ page: manager });
    await open(manager, `/forecast/${pretzels}`);
    const line = manager.locator(".score").filter({ has: manager.getByText(diga("forecast.horizon_1"), { exact: true }) });
    await expect(line).toContainText(diga("forecast.score_days", { days: 1 }));
    await alive(manager);
    // What was said the day before stands beside what was sold.
    const sold = sales.sold.get(`${shop.code} ${PRODUCT.sku}`) ?? 0;
    await manager.getByText(diga("common.chart_table")).click();
    const row = manager.locator(".chart tbody tr").filter({ has: manager.getByRole("cell", { name: written("es", sold), exact: true }) });
    await expect(row.first()).toBeVisible();
  });

  test("the books are sound in the end", async () => {
    expect(yesterday < times.today).toBe(true);
    expect(await bakery.command("doctor")).toMatch(/sound/);
  });
});
