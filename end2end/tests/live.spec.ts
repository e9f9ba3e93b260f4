// What one screen does, every other one shows by itself: nobody loads anything again.
import { batch, sheet } from "../support/baking.ts";
import { DEMO } from "../support/demo.ts";
import { bench, planned } from "../support/offline.ts";
import { speaker } from "../support/people.ts";
import { expect, open, test } from "../support/test.ts";
import { words, written } from "../support/words.ts";

const diga = speaker(DEMO.kitchen);

test("what is pressed on one kitchen screen shows on the other and in the shop, and back", async ({ as }) => {
  test.setTimeout(120_000);
  const one = await as("kitchen");
  const other = await as("kitchen");
  const shop = await as("manager");
  const at = await bench(one, "Barra de pan");
  const quantity = written("es", 317);
  const card = (page: typeof one, status: "pending" | "in_progress") => batch(page, status, at.name, at.shop, quantity);
  await open(one, "/kitchen");
  await open(other, "/kitchen");
  await open(shop, `/orders?product=${at.product}&shop=${at.store}`);
  const row = shop.getByRole("row").filter({ has: shop.locator("td.numeric").getByText(quantity, { exact: true }) });
  await expect(row).toHaveCount(0);

  // All three were open before there was such a batch.
  await planned(one, at, [317]);
  await expect(card(one, "pending")).toBeVisible();
  await expect(card(other, "pending")).toBeVisible();
  await expect(row).toContainText(words("es", "orders.status_pending"));

  await card(one, "pending").getByRole("button", { name: diga("kitchen.start"), exact: true }).click();
  await expect(card(one, "in_progress")).toBeVisible();
  await expect(card(other, "in_progress")).toBeVisible();
  await expect(card(other, "pending")).toHaveCount(0);
  await expect(row).toContainText(words("es", "orders.status_in_progress"));

  await card(other, "in_progress").getByRole("button", { name: diga("orders.cancel"), exact: true }).click();
  const gives = sheet(other, diga("kitchen.cancel_question", { product: at.name }));
  await gives.getByLabel(diga("plan.dismiss_reason"), { exact: true }).fill("Era una prueba");
  await gives.getByRole("button", { name: diga("orders.cancel"), exact: true }).click();
  await expect(card(other, "in_progress")).toHaveCount(0);
  await expect(card(one, "in_progress")).toHaveCount(0);
  await expect(row).toContainText(words("es", "orders.status_cancelled"));
});
