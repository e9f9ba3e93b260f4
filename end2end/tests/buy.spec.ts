// What to buy: sent to a supplier once, on order until it comes, received with another price, called off.
import { sheet } from "../support/baking.ts";
import { DEMO } from "../support/demo.ts";
import { speaker } from "../support/people.ts";
import { expect, open, test, type Page } from "../support/test.ts";

const diga = speaker(DEMO.kitchen);

const table = (page: Page) => page.getByRole("table", { name: diga("recipes.on_order"), exact: true });
const purchases = (page: Page) => table(page).getByRole("row").filter({ has: page.getByRole("button", { name: diga("recipes.receive_purchase"), exact: true }) });
const save = (form: ReturnType<typeof sheet>) => form.getByRole("button", { name: diga("common.save"), exact: true });

test.describe.configure({ mode: "serial" });

test("what the demo ordered stands on order, and its ingredients say so", async ({ as, axe }) => {
  const page = await as("kitchen");
  await page.setViewportSize({ width: 820, height: 1180 });
  await open(page, "/ingredients/buy");
  await expect(purchases(page).first()).toBeVisible();
  const [before = ""] = diga("recipes.on_order_until", { quantity: "#", day: "#" }).split("#");
  await expect(page.getByText(before.trim()).first()).toBeVisible();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(wide).toBeLessThanOrEqual(820);
  await axe({ page });
});

test("a list is sent once, comes in part and the rest is called off", async ({ as, axe, problems }) => {
  problems.expect(/receive_purchase/); // more than was ordered, without a reason
  const page = await as("kitchen");
  await open(page, "/ingredients/buy");
  const sendKeys = page.getByRole("button", { name: diga("recipes.sent_to_supplier"), exact: true });
  await expect(sendKeys.first()).toBeVisible();
  const count = await purchases(page).count();
  const section = page.locator("section.section").filter({ has: sendKeys.first() });
  const supplier = (await section.getByRole("heading").first().innerText()).trim();
  await sendKeys.first().click();
  const form = sheet(page, `${diga("recipes.sent_to_supplier")} · ${supplier}`);
  const packs = form.locator("input[name^=packs-]");
  // What is no number is not taken for an empty box.
  await packs.first().fill("1e3");
  await save(form).click();
  await expect(packs.first()).toBeFocused();
  await expect(form.getByText(diga("common.whole_number"))).toBeVisible();
  await packs.first().fill("6");
  for (let at = 1; at < (await packs.count()); at += 1) await packs.nth(at).fill("0");
  await axe({ page });
  // Pressed twice, sent once.
  await save(form).dblclick();
  await expect(form).toBeHidden();
  await expect(purchases(page)).toHaveCount(count + 1);
  await open(page, "/ingredients/buy");
  await expect(purchases(page)).toHaveCount(count + 1);

  const mine = purchases(page).filter({ hasText: supplier }).filter({ hasText: /(^|\D)6 ×/ }).last();
  await mine.getByRole("button", { name: diga("recipes.receive_purchase"), exact: true }).click();
  const came = sheet(page, `${diga("recipes.receive_purchase")} · ${supplier}`);
  await expect(came.locator("input[name^=packs-]").first()).toHaveValue("6");
  // More than was ordered is asked for its reason; nothing that was typed is lost.
  await came.locator("input[name^=packs-]").first().fill("9");
  await save(came).click();
  await expect(came.getByText(diga("common.required")).first()).toBeVisible();
  await came.locator("input[name^=packs-]").first().fill("2");
  await axe({ page });
  await save(came).click();
  await expect(came).toBeHidden();
  const [received = ""] = diga("recipes.received_so_far", { quantity: "#" }).split("#");
  await expect(mine).toContainText(received.trim());

  await mine.getByRole("button", { name: diga("recipes.call_off"), exact: true }).click();
  const off = sheet(page, `${diga("recipes.call_off")} · ${supplier}`);
  await off.getByLabel(diga("recipes.reason"), { exact: true }).fill("No queda en el molino");
  await save(off).click();
  await expect(off).toBeHidden();
  await expect(purchases(page)).toHaveCount(count);
});
