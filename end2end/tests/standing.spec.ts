// What is planned for more than one batch: the same days every week, one product for several shops.
import { randomUUID } from "node:crypto";
import { sheet } from "../support/baking.ts";
import { DEMO } from "../support/demo.ts";
import { speaker } from "../support/people.ts";
import { expect, open, test } from "../support/test.ts";
import { pattern, read } from "../support/words.ts";

const diga = speaker(DEMO.kitchen);

test("a standing order is written down, changed, and ended after a question", async ({ as, axe, problems }) => {
  problems.expect(/create_standing_order/); // without a day
  const page = await as("kitchen");
  const note = randomUUID();
  await open(page, "/orders");
  await page.getByRole("link", { name: diga("standing.title"), exact: true }).click();
  await page.waitForURL(/\/orders\/standing$/);
  await expect(page.locator("html[data-hydrated]:not([data-arriving])")).toBeAttached();

  await page.getByRole("button", { name: diga("standing.add"), exact: true }).click();
  let form = sheet(page, diga("standing.add"));
  const product = form.getByLabel(diga("orders.product"), { exact: true });
  const name = (await product.locator("option").nth(1).innerText()).trim();
  await product.selectOption({ index: 1 });
  const shop = (await form.getByLabel(diga("orders.destination"), { exact: true }).locator("option:checked").innerText()).trim();
  const days = form.locator("input[name^=day-]");
  await expect(days).toHaveCount(7);
  // No day at all is refused beside the days; nothing that was typed is lost.
  for (let day = 0; day < 7; day += 1) await days.nth(day).uncheck({ force: true });
  await form.getByLabel(diga("standing.quantity"), { exact: true }).fill("36");
  await form.getByLabel(new RegExp(`^${diga("orders.note")}`)).fill(note);
  await axe({ page });
  await form.getByRole("button", { name: diga("common.save"), exact: true }).click();
  await expect(form.getByText(diga("standing.refused_weekday")).first()).toBeVisible();
  await days.nth(5).check({ force: true });
  await days.nth(6).check({ force: true });
  await form.getByRole("button", { name: diga("common.save"), exact: true }).click();
  const row = page.getByRole("row").filter({ hasText: note });
  await expect(row).toContainText(name);
  await expect(row).toContainText(shop);
  await expect(row).toContainText("sábado, domingo");
  await expect(row).toContainText("36");

  await row.getByRole("button", { name: diga("orders.edit"), exact: true }).click();
  form = sheet(page, `${name} · ${shop}`);
  await expect(form.getByLabel(diga("standing.quantity"), { exact: true })).toHaveValue("36");
  await form.getByLabel(diga("standing.quantity"), { exact: true }).fill("48");
  await form.getByRole("button", { name: diga("common.save"), exact: true }).click();
  await expect(row).toContainText("48");

  // A second one for the same shop and product is no fault, and it is said before it is saved.
  await page.getByRole("button", { name: diga("standing.add"), exact: true }).click();
  form = sheet(page, diga("standing.add"));
  await form.getByLabel(diga("orders.product"), { exact: true }).selectOption({ index: 1 });
  const overlap = form.getByText(pattern("es", "standing.overlap", { days: "sábado, domingo" }));
  await expect(overlap.first()).toBeVisible();
  for (const day of [5, 6]) await form.locator("input[name^=day-]").nth(day).uncheck({ force: true });
  await expect(overlap).toHaveCount(0);
  await form.getByRole("button", { name: diga("common.cancel"), exact: true }).click();

  await row.getByRole("button", { name: diga("standing.end"), exact: true }).click();
  const question = sheet(page, diga("standing.end_question"));
  await question.getByRole("button", { name: diga("standing.end_it"), exact: true }).click();
  await expect(page.getByText(diga("standing.has_ended"))).toBeVisible();
  await expect(row).toHaveCount(0);
  await open(page, "/orders/standing?ended=true");
  await expect(row).toContainText(diga("standing.ended"));
});

test("a total is split over several shops, changed by hand, and planned once", async ({ as, axe }) => {
  const page = await as("kitchen");
  const note = randomUUID();
  await open(page, "/orders/new");
  await page.getByRole("radio", { name: diga("standing.several_shops") }).check({ force: true });
  await page.getByLabel(diga("orders.product"), { exact: true }).selectOption({ index: 1 });
  const shops = page.locator("input[name^=store-]");
  await shops.nth(0).check({ force: true });
  await shops.nth(1).check({ force: true });
  await page.getByLabel(diga("standing.total"), { exact: true }).fill("240");
  await page.getByRole("button", { name: diga("standing.split"), exact: true }).click();
  const parts = page.locator("input[name^=part-]");
  await expect(parts).toHaveCount(2);
  const values = async () => Promise.all((await parts.all()).map(async (part) => read((await part.inputValue()) || "0")));
  await expect.poll(async () => (await values()).reduce((sum, part) => sum + part, 0)).toBe(240);
  await expect(page.getByText(pattern("es", "standing.sum", { sum: 240, total: 240 }))).toBeVisible();
  await axe({ page });

  await parts.nth(0).fill("411");
  await parts.nth(1).fill("413");
  await expect(page.getByText(pattern("es", "standing.sum", { sum: 824, total: 240 }))).toBeVisible();
  await page.getByLabel(new RegExp(`^${diga("orders.note")}`)).fill(note);
  await page.getByRole("button", { name: diga("standing.plan_all"), exact: true }).dblclick();
  await page.waitForURL(/\/orders\?product=/);
  await expect(page.getByText(diga("standing.planned_count", { number: 2 }))).toHaveCount(1);
  const rows = page.locator("table.table tbody tr");
  for (const planned of [/^\s*411\s*$/, /^\s*413\s*$/]) {
    await expect(rows.filter({ has: page.locator("td.numeric").filter({ hasText: planned }) })).toHaveCount(1);
  }
});
