// The path of a day on the simulated chain, with the jobs inside the server, as `hornada demo` serves it. It needs no data
// from outside, so it runs everywhere.
import { batch, onHand, sheet } from "../support/baking.ts";
import { DEMO } from "../support/demo.ts";
import { speaker } from "../support/people.ts";
import { arrived, send, stateOf, take } from "../support/sending.ts";
import { expect, open, type Page, test } from "../support/test.ts";
import { pattern, read, written } from "../support/words.ts";

const diga = speaker(DEMO.kitchen);

/** The demo's shops are on Madrid's clock. */
function madrid(daysAgo: number): string {
  return new Date(Date.now() - daysAgo * 86_400_000).toLocaleDateString("sv", { timeZone: "Europe/Madrid" });
}

/** A shelf that nothing was decided about yet today. */
async function openSuggestion(page: Page): Promise<{ product: string; quantity: number }> {
  const card = page.locator(".plan-card[data-status=open]").first();
  return {
    product: await card.getByRole("heading").innerText(),
    quantity: read(await card.locator(".plan-bake b").innerText()),
  };
}

test.describe("a day on the simulated chain", () => {
  test.describe.configure({ mode: "serial" });
  let product: string;
  let shop: string;

  test("from a suggestion to the shelf, pressing twice where hands are quick", async ({ as, axe }) => {
    const kitchen = await as("kitchen");
    await open(kitchen, "/plan");
    shop = (await kitchen.getByRole("combobox", { name: diga("common.store"), exact: true }).locator("option:checked").innerText()).trim();
    const suggestion = await openSuggestion(kitchen);
    product = suggestion.product;

    const manager = await as("manager");
    await open(manager, "/stock");
    await manager.getByRole("combobox", { name: diga("common.store"), exact: true }).selectOption({ label: shop });
    await expect(onHand(manager, product)).toBeVisible();
    const before = read(await onHand(manager, product).innerText());

    const card = kitchen.locator(".plan-card").filter({ has: kitchen.getByRole("heading", { name: product, exact: true }) });
    let accepted = 0;
    kitchen.on("request", (request) => {
      if (request.url().includes("accept_suggestion")) accepted += 1;
    });
    await card.getByRole("button", { name: diga("plan.accept"), exact: true }).dblclick();
    await expect(card).toHaveAttribute("data-status", "accepted");
    expect(accepted).toBe(1);

    await open(kitchen, "/kitchen");
    const [planned, more] = [written("es", suggestion.quantity), written("es", suggestion.quantity + 1)];
    const waiting = batch(kitchen, "pending", product, shop, planned);
    await expect(waiting).toHaveCount(1);
    await waiting.getByRole("button", { name: diga("kitchen.start"), exact: true }).click();
    const baking = batch(kitchen, "in_progress", product, shop, planned);
    await baking.getByRole("button", { name: diga("kitchen.other_quantity") }).click();
    const form = sheet(kitchen, product);
    await form.getByLabel(diga("kitchen.produced"), { exact: true }).fill(String(suggestion.quantity + 1));
    await axe({ page: kitchen, within: "dialog[open]" });
    await form.getByRole("button", { name: diga("kitchen.finish", { quantity: more }) }).click();
    await expect(batch(kitchen, "completed", product, shop, more)).toHaveCount(1);
    await expect(onHand(manager, product)).toHaveText(written("es", before + suggestion.quantity + 1));
  });

  test("late tickets of yesterday come in, and the night by the button learns from them", async ({ as }) => {
    test.setTimeout(240_000);
    const analyst = await as("analyst");
    const say = speaker(DEMO.analyst);
    // What the shop sold is known already; a till that was offline sends its tickets a day late.
    const known = await codes(analyst);
    const file = [
      "transaction_id,timestamp,store_id,product_id,quantity_sold,price_unit,total_amount,promotion_applied_id",
      ...[1, 2, 3].map((ticket) => `LATE-${ticket},${madrid(1)}T1${ticket}:00:00,${known.store},${known.product},2,1.00,2.00,`),
    ].join("\n");
    await send(analyst, "es", { name: "caja-2.csv", mimeType: "text/csv", buffer: Buffer.from(file) });
    await arrived(analyst);
    await expect(stateOf(analyst)).toHaveText(say("imports.status_checked"));
    await take(analyst, "es", "3");

    await open(analyst, "/admin/jobs");
    const first = analyst.locator(".night").first();
    const nights = await analyst.locator(".night").count();
    await expect(first.locator(".night-head .pill").first()).toHaveText(new RegExp(`^${say("jobs.status_succeeded")}`));
    await analyst.evaluate(() => Object.assign(globalThis, { stayed: true }));
    await analyst.getByRole("button", { name: say("jobs.start") }).click();
    await expect(first.locator(".night-head .pill").first()).toHaveText(say("jobs.status_running"), { timeout: 60_000 });
    await expect(first.getByRole("progressbar", { name: say("jobs.step_train") })).toBeVisible({ timeout: 30_000 });
    await expect(first.locator(".night-head .pill").first()).toHaveText(new RegExp(`^${say("jobs.status_succeeded")}`), { timeout: 180_000 });
    expect(await analyst.evaluate(() => "stayed" in globalThis)).toBe(true);
    // The same night again, not another one.
    await expect(analyst.locator(".night")).toHaveCount(nights);
  });

  test("the forecast reaches four weeks, and yesterday's is judged", async ({ as, axe }) => {
    const manager = await as("manager");
    const say = speaker(DEMO.manager);
    await open(manager, "/forecast?days=28");
    await expect(manager.locator(".day-tabs a[aria-current=page]")).toContainText(say("forecast.day_ahead", { days: 28 }));
    await expect(manager.locator(".forecast-number").first()).toBeVisible();
    // The simulated chain has a demand that can be learned: here a model serves, not the weekly rhythm.
    await expect(manager.locator(".forecast-head .badge")).toHaveText(pattern("es", "forecast.source_model"));
    await open(manager, "/today");
    const score = manager.locator(".today-numbers .stat").filter({ has: manager.getByText(say("today.stat_yesterday"), { exact: true }) });
    await expect(score.locator(".stat-detail")).toContainText("%");
    await axe({ page: manager });
  });
});

/** Code of a shop that sells, from the page for sending; that of the first bread is the same in every simulated chain. */
async function codes(page: Page): Promise<{ store: string; product: string }> {
  await open(page, "/imports/new");
  const options = page.getByLabel(speaker(DEMO.analyst)("imports.which_store"), { exact: true }).locator("option");
  const stores = (await options.allInnerTexts()).map((text) => text.split("·")[0]?.trim() ?? "");
  const store = stores.find((code) => /^[A-Z]{3}\d{2}$/.test(code) && !code.startsWith("OBR"));
  if (!store) throw new Error(`no shop among ${stores.join(", ")}`);
  return { store, product: "PAN-001" };
}
