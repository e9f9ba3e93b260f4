// Parts of the day on the plan, the oven against the plan, doughs split to the mixer.
import { sheet } from "../support/baking.ts";
import { DEMO } from "../support/demo.ts";
import { speaker } from "../support/people.ts";
import { expect, open, type Page, test } from "../support/test.ts";
import { pattern, read } from "../support/words.ts";

const diga = speaker(DEMO.kitchen);
const PRODUCT = "Croissant de mantequilla";
const DOUGH = "Hojaldre fermentado";

/** A text of the product anywhere in another one. */
function within(key: string): RegExp {
  return new RegExp(pattern("es", key).source.replace(/^\^\\s\*/, "").replace(/\\s\*\$$/, ""));
}

/** Plans a batch by hand; the page then shows it. */
async function plan(page: Page, quantity: number): Promise<void> {
  await open(page, "/orders/new");
  await page.getByLabel(diga("orders.product"), { exact: true }).selectOption({ label: PRODUCT });
  await page.getByLabel(diga("orders.planned"), { exact: true }).fill(String(quantity));
  await page.getByRole("button", { name: diga("orders.plan_it") }).click();
  await page.waitForURL(/\/orders\/[0-9a-f-]{36}$/);
}

test("a card of the plan says what is for the morning, for midday and for the afternoon", async ({ as, axe }) => {
  const page = await as("kitchen");
  await open(page, "/plan");
  const cards = page.locator(".plan-card").filter({ has: page.locator(".day-parts") });
  await expect(cards.first()).toBeVisible();
  const lines = cards.locator(".day-parts");
  await expect(lines.first()).toContainText(within("plan.part_morning"));
  for (const card of await cards.all()) {
    const parts = (await card.locator(".day-parts").innerText()).split(" · ").map(read);
    expect(parts.length).toBeGreaterThan(1);
    // The parts are the number on the card.
    expect(parts.reduce((sum, part) => sum + part, 0)).toBe(read(await card.locator(".plan-bake b").innerText()));
  }
  await axe({ page });
});

test("a batch too many for the oven is told, and its dough is split to the mixer", async ({ as, axe }) => {
  test.setTimeout(90_000);
  const page = await as("kitchen");
  await plan(page, 3000);
  const order = page.url();
  try {
    for (const place of ["/orders", "/plan"]) {
      await open(page, place);
      const notice = page.locator(".notice").filter({ hasText: diga("capacity.over_title") });
      await expect(notice).toHaveCount(1);
      await expect(notice.getByText(within("capacity.over"))).toBeVisible();
    }
    await axe({ page });

    await open(page, "/orders/dispatch");
    await page.getByRole("link", { name: diga("capacity.mixes"), exact: true }).click();
    await page.waitForURL(/\/orders\/mixes/);
    await expect(page.getByRole("heading", { level: 1, name: diga("capacity.mixes") })).toBeVisible();
    const dough = page.locator(".mix").filter({ has: page.getByRole("heading", { name: DOUGH }) });
    await expect(dough.getByRole("heading", { name: DOUGH })).toContainText(within("capacity.many_mixes"));
    await expect(dough).toContainText(PRODUCT);
    await expect(dough.getByRole("row").filter({ hasText: "Mantequilla" })).toHaveCount(1);
    await axe({ page });

    await page.emulateMedia({ media: "print" });
    for (const hidden of [".rail-nav", ".filters"]) await expect(page.locator(hidden).first()).toBeHidden();
    await expect(dough.locator(".mix-ticks")).toBeVisible();
    await page.emulateMedia({ media: "screen" });
  } finally {
    // Other tests look at the same bakery.
    await open(page, order);
    await page.getByRole("button", { name: diga("orders.cancel"), exact: true }).click();
    const dialog = sheet(page, diga("orders.cancel"));
    await dialog.getByLabel(diga("orders.cancel_reason"), { exact: true }).fill("prueba");
    await dialog.getByRole("button", { name: diga("orders.cancel"), exact: true }).click();
    await expect(page.locator(".page-header").getByText(diga("orders.status_cancelled"), { exact: true })).toBeVisible();
  }
});
