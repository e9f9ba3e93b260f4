// The plan of the day: several suggestions at once, of one shop and of all, another day, and what was dismissed.
import type { Locator } from "@playwright/test";
import { DEMO } from "../support/demo.ts";
import { speaker } from "../support/people.ts";
import { expect, open, type Page, test } from "../support/test.ts";
import { pattern, read } from "../support/words.ts";

const diga = speaker(DEMO.kitchen);

function openCards(page: Page): Locator {
  return page.locator(".plan-card[data-status=open]").filter({ has: page.locator(".plan-tick") });
}

function named(page: Page, product: string): Locator {
  return page.locator(".plan-card").filter({ has: page.getByRole("heading", { name: product, exact: true }) });
}

async function nameOf(card: Locator): Promise<string> {
  return (await card.getByRole("heading").innerText()).trim();
}

test.describe("the plan of the day", () => {
  test.describe.configure({ mode: "serial" });

  test("two that are ticked become two batches, one of them with the number just typed", async ({ as, axe }) => {
    const page = await as("kitchen");
    await open(page, "/plan");
    const cards = openCards(page);
    await expect(cards.nth(1)).toBeVisible();
    const [first, second] = [await nameOf(cards.nth(0)), await nameOf(cards.nth(1))];
    const many = await cards.count();
    const asked: { suggestion_ids: string[] }[] = [];
    page.on("request", (request) => {
      if (request.url().endsWith("/api/accept_suggestions")) asked.push((request.postDataJSON() as { command: { suggestion_ids: string[] } }).command);
    });
    const accept = (count: number) => page.getByRole("button", { name: diga("plan.accept_ticked", { count }), exact: true });
    await expect(accept(0)).toBeDisabled();
    await page.getByRole("button", { name: diga("plan.tick_all"), exact: true }).click();
    await expect(accept(0)).toHaveCount(0);
    await page.getByRole("button", { name: diga("plan.untick_all"), exact: true }).click();
    await named(page, first).getByRole("checkbox").check();
    await named(page, second).getByRole("checkbox").check();
    await axe({ page });
    const field = named(page, first).getByLabel(diga("plan.quantity"), { exact: true });
    // What was typed must not be kept once it is accepted, also while the page still waits to draw that: the keys rest meanwhile.
    await page.route("**/api/list_suggestions", async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      await route.continue();
    });
    await field.fill("37");
    await accept(2).click();
    await expect(page.getByText(diga("plan.accepted_count", { count: 2 }))).toBeVisible();
    for (const product of [first, second]) await expect(named(page, product)).toHaveAttribute("data-status", "accepted");
    expect(read(await named(page, first).locator(".plan-bake b").innerText())).toBe(37);
    expect(asked.map((command) => command.suggestion_ids.length)).toEqual([2]);
    await expect(openCards(page)).toHaveCount(many - 2);
    await named(page, first).getByRole("link", { name: diga("plan.see_order") }).click();
    await expect(page.getByRole("heading", { level: 1, name: first })).toBeVisible();
  });

  test("one that is dismissed is taken up again, and accepted for another day", async ({ as }) => {
    const page = await as("kitchen");
    await open(page, "/plan");
    const cards = openCards(page);
    await expect(cards.first()).toBeVisible();
    const product = await nameOf(cards.first());
    const card = named(page, product);
    await card.getByRole("button", { name: diga("plan.dismiss"), exact: true }).click();
    const why = page.getByRole("dialog", { name: diga("plan.dismiss_question", { product }), exact: true });
    await why.getByRole("button", { name: diga("plan.reason_oven"), exact: true }).click();
    await why.getByRole("button", { name: diga("plan.dismiss"), exact: true }).click();
    await expect(card).toHaveAttribute("data-status", "dismissed");
    await card.getByRole("button", { name: diga("plan.reopen"), exact: true }).click();
    await expect(page.getByText(diga("plan.reopened"))).toBeVisible();
    await expect(card).toHaveAttribute("data-status", "open");
    await card.getByText(pattern("es", "plan.why")).click();
    await card.getByRole("button", { name: diga("plan.earlier_ask"), exact: true }).click();
    // A night that ran meanwhile may have left some.
    await expect(card.locator(".why-more [role=status]")).toBeVisible();
    await card.getByRole("button", { name: diga("plan.turned_ask"), exact: true }).click();
    await expect(card.locator(".why-turned")).toBeVisible();

    await card.getByText(diga("plan.other_day"), { exact: true }).click();
    const day = card.getByLabel(diga("plan.date"), { exact: true });
    const last = await day.getAttribute("max");
    if (!last) throw new Error("no last day");
    await day.fill(last);
    await card.getByRole("button", { name: diga("plan.accept_for_day"), exact: true }).click();
    await expect(card).toHaveAttribute("data-status", "accepted");
    await card.getByRole("link", { name: diga("plan.see_order") }).click();
    await page.waitForURL(/\/orders\/[0-9a-f-]{36}$/);
    await open(page, `/orders?from=${last}&until=${last}`);
    await expect(page.getByRole("row").filter({ hasText: product }).first()).toBeVisible();
  });

  test("a number that a colleague changes follows on the other screen, and nobody changes it back", async ({ as }) => {
    const [one, two] = [await as("kitchen"), await as("kitchen")];
    await open(one, "/plan");
    await open(two, "/plan");
    await expect(openCards(one).first()).toBeVisible();
    const product = await nameOf(openCards(one).first());
    const number = async (page: Page) => read(await named(page, product).locator(".plan-bake b").innerText());
    await expect(named(two, product)).toBeVisible();
    const kept = one.waitForResponse((response) => response.url().endsWith("/api/adjust_suggestion"));
    await named(one, product).getByLabel(diga("plan.quantity"), { exact: true }).fill("53");
    expect((await kept).ok()).toBe(true);
    await expect.poll(() => number(two)).toBe(53);
    // Longer than keys rest before a number is kept.
    await two.waitForTimeout(1_500);
    await open(one, "/plan");
    expect([await number(one), await number(two)]).toEqual([53, 53]);
  });

  test("what is left of all shops stands on one page, shop by shop", async ({ as, axe }) => {
    const page = await as("kitchen");
    await open(page, "/plan");
    await page.getByRole("link", { name: diga("plan.all_shops"), exact: true }).click();
    await page.waitForURL(/all=1/);
    const shops = page.locator(".plan-shop");
    await expect(shops.first()).toBeVisible();
    const lines = page.locator(".plan-line");
    const many = await lines.count();
    expect(many).toBeGreaterThan(0);
    await axe({ page });
    const line = lines.first();
    await line.getByRole("checkbox").check();
    await line.getByRole("textbox").fill("41");
    await page.getByRole("button", { name: diga("plan.accept_ticked", { count: 1 }), exact: true }).click();
    await expect(page.getByText(diga("plan.accepted_count", { count: 1 }))).toBeVisible();
    await expect(lines).toHaveCount(many - 1);
    // To the cards of one shop, with the numbers that were on the page, and back.
    await page.getByRole("link", { name: diga("plan.one_shop"), exact: true }).click();
    await expect(page.locator(".plan-card").first()).toBeVisible();
    await page.getByRole("link", { name: diga("plan.all_shops"), exact: true }).click();
    await expect(lines).toHaveCount(many - 1);
    // Away and back.
    await page.locator('a[href="/orders"]:visible').first().click();
    await page.waitForURL(/\/orders$/);
    await page.goBack();
    await expect(lines).toHaveCount(many - 1);
    // Who chooses a shop is back at its cards.
    const picker = page.getByRole("combobox", { name: diga("common.store"), exact: true });
    const other = await picker.locator("option:not(:checked)").first().innerText();
    await picker.selectOption({ label: other.trim() });
    await expect(page.locator(".plan-shop")).toHaveCount(0);
    await expect(page).not.toHaveURL(/all=1/);
  });
});
