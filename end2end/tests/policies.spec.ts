// The terms of shelves: chosen for several at once, told in the list, given back to the products.
import { sheet } from "../support/baking.ts";
import { DEMO } from "../support/demo.ts";
import { speaker } from "../support/people.ts";
import { expect, open, test } from "../support/test.ts";

const diga = speaker(DEMO.analyst);

test("three shelves get a service level of 98 %, show it, and go back to their products", async ({ as, axe, problems }) => {
  problems.expect(/set_policies/); // out of range
  const page = await as("analyst");
  await open(page, "/policies");
  const rows = page.locator("table.table tbody tr");
  const picks = page.locator("input[name^=pick-]");
  const change = page.getByRole("button", { name: diga("policies.change_picked", { count: 3 }), exact: true });
  const names = await Promise.all([0, 1, 2].map((row) => picks.nth(row).getAttribute("name")));
  const row = (name: string | null) => rows.filter({ has: page.locator(`input[name="${name}"]`) });
  const pick = async () => {
    for (const name of names) await page.locator(`input[name="${name}"]`).check({ force: true });
  };

  await expect(page.getByRole("button", { name: diga("policies.change_picked", { count: 0 }), exact: true })).toBeDisabled();
  await pick();
  await change.click();
  let form = sheet(page, diga("policies.several", { count: 3 }));
  await form.getByText(diga("policies.way_level"), { exact: true }).click();
  const level = form.getByLabel(new RegExp(`^${diga("policies.service_level")}`));
  // What nobody can mean is refused beside its box; nothing that was typed is lost.
  await level.fill("100");
  await axe({ page });
  await form.getByRole("button", { name: diga("common.save"), exact: true }).click();
  await expect(form.getByText(diga("recipes.err_range")).first()).toBeVisible();
  await level.fill("98");
  await form.getByRole("button", { name: diga("common.save"), exact: true }).click();
  await expect(page.getByText(diga("policies.saved")).first()).toBeVisible();
  for (const name of names) {
    await expect(row(name)).toContainText(/98\s*%/);
    await expect(row(name)).toContainText(diga("policies.chosen"));
  }

  // One of them alone: what other choices would have cost stands in its sheet.
  await row(names[0] ?? null)
    .getByRole("button", { name: diga("policies.change"), exact: true })
    .click();
  const one = page.getByRole("dialog").filter({ hasText: diga("policies.costs_title") });
  await expect(one.getByText(/^Nivel de servicio 95\s*%/).first()).toBeVisible();
  await axe({ page });
  await one.getByRole("button", { name: diga("common.cancel"), exact: true }).click();

  await pick();
  await change.click();
  form = sheet(page, diga("policies.several", { count: 3 }));
  await form.getByRole("button", { name: diga("policies.back_to_product"), exact: true }).click();
  for (const name of names) await expect(row(name)).not.toContainText(diga("policies.chosen"));
});

test("a search and a product narrow the list, and the plan leads here", async ({ as }) => {
  const page = await as("analyst");
  await open(page, "/plan");
  await page.getByRole("link", { name: diga("plan.policies"), exact: true }).last().click();
  await page.waitForURL(/\/policies$/);
  const rows = page.locator("table.table tbody tr");
  await expect(rows.first()).toBeVisible();
  await rows.first().getByRole("link", { name: diga("policies.everywhere"), exact: true }).click();
  await page.waitForURL(/\/policies\?product=/);
  await expect(page.getByRole("link", { name: diga("policies.to_shop"), exact: true })).toBeVisible();
  await expect(rows).not.toHaveCount(0);
  await open(page, "/policies?search=zzzz");
  await expect(page.getByText(diga("policies.empty_title"))).toBeVisible();
});
