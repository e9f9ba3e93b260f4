// Batches that come out of the oven in parts: on the board, without a network, and on the batch's own page.
import { batch, onHand, sheet } from "../support/baking.ts";
import { DEMO } from "../support/demo.ts";
import { bench, planned, type Place, queued } from "../support/offline.ts";
import { speaker } from "../support/people.ts";
import { expect, open, type Page, test } from "../support/test.ts";
import { read, written } from "../support/words.ts";

const diga = speaker(DEMO.kitchen);

test.beforeEach(() => test.setTimeout(120_000));

/** The board's own pause after a press, against double presses. */
const SETTLE = 450;

function card(page: Page, status: "pending" | "in_progress" | "completed", at: Place, quantity: number) {
  return batch(page, status, at.name, at.shop, written("es", quantity));
}

async function started(page: Page, at: Place, quantity: number): Promise<void> {
  await card(page, "pending", at, quantity).getByRole("button", { name: diga("kitchen.start"), exact: true }).click();
  await expect(card(page, "in_progress", at, quantity)).toBeVisible();
  await page.waitForTimeout(SETTLE);
}

/** Takes a part out through the sheet. */
async function part(page: Page, at: Place, quantity: number, out: number, lost: number): Promise<void> {
  await card(page, "in_progress", at, quantity).getByRole("button", { name: diga("kitchen.other_quantity"), exact: true }).click();
  const form = sheet(page, at.name);
  await form.getByLabel(diga("kitchen.produced"), { exact: true }).fill(String(out));
  await form.getByLabel(diga("kitchen.lost"), { exact: true }).fill(String(lost));
  if (lost > 0) {
    const burnt = form.getByRole("button", { name: diga("orders.loss_burnt"), exact: true });
    await burnt.click();
    await expect(burnt).toHaveAttribute("aria-pressed", "true");
  }
  await form.getByRole("button", { name: diga("kitchen.part_out", { quantity: written("es", out) }), exact: true }).click();
  await expect(form).toBeHidden();
  await page.waitForTimeout(SETTLE);
}

const soFar = (out: number, all: number) => diga("kitchen.total_rest", { produced: written("es", out), all: written("es", all) });

test("a part is on the shelf at once, the rest ends the batch, and each has its lot", async ({ as, axe }) => {
  const page = await as("kitchen");
  const at = await bench(page);
  await planned(page, at, [384]);
  const manager = await as("manager");
  await open(manager, "/stock");
  const before = read(await onHand(manager, at.name).innerText());
  await open(page, "/kitchen");
  await started(page, at, 384);
  await part(page, at, 384, 142, 2);
  const baking = card(page, "in_progress", at, 384);
  await expect(baking.locator(".batch-so-far")).toHaveText(soFar(142, 384));
  await expect(onHand(manager, at.name)).toHaveText(written("es", before + 142));
  await axe({ page });

  // Taken back and taken out again.
  await baking.getByRole("button", { name: diga("kitchen.recall"), exact: true }).click();
  await expect(baking.locator(".batch-so-far")).toHaveCount(0);
  await expect(onHand(manager, at.name)).toHaveText(written("es", before));
  await page.waitForTimeout(SETTLE);
  await part(page, at, 384, 142, 2);
  await baking.getByRole("button", { name: diga("kitchen.finish", { quantity: written("es", 240) }), exact: true }).click();
  await expect(card(page, "completed", at, 382)).toBeVisible();
  await expect(onHand(manager, at.name)).toHaveText(written("es", before + 382));
});

test("without a network a part is seen at once and sent once", async ({ as, problems }) => {
  problems.expect(/ERR_INTERNET_DISCONNECTED/);
  const page = await as("kitchen");
  const at = await bench(page);
  await planned(page, at, [386]);
  const manager = await as("manager");
  await open(manager, "/stock");
  const before = read(await onHand(manager, at.name).innerText());
  await open(page, "/kitchen");
  await expect(card(page, "pending", at, 386)).toBeVisible();
  // What the sheet needs was loaded with the board.
  await page.waitForLoadState("networkidle");
  await page.context().setOffline(true);
  await started(page, at, 386);
  await part(page, at, 386, 86, 0);
  const baking = card(page, "in_progress", at, 386);
  await expect(baking.locator(".batch-so-far")).toHaveText(soFar(86, 386));
  await part(page, at, 386, 100, 0);
  await expect(baking.locator(".batch-so-far")).toHaveText(soFar(186, 386));
  await baking.getByRole("button", { name: diga("kitchen.finish", { quantity: written("es", 200) }), exact: true }).click();
  await expect(card(page, "completed", at, 386)).toBeVisible();
  expect((await queued(page)).map(({ what }) => what)).toEqual(["start", "complete", "complete", "complete"]);
  await page.context().setOffline(false);
  await expect(page.locator(".rail .offline-mark")).toHaveCount(0, { timeout: 30_000 });
  await expect(card(page, "completed", at, 386)).toHaveCount(1);
  await expect(onHand(manager, at.name)).toHaveText(written("es", before + 386));
});

test("a tablet that missed a part is asked before it finishes the whole batch once more", async ({ as, problems }) => {
  problems.expect(/ERR_INTERNET_DISCONNECTED|complete_order/);
  const page = await as("kitchen");
  const at = await bench(page);
  await planned(page, at, [392]);
  const manager = await as("manager");
  await open(manager, "/stock");
  const before = read(await onHand(manager, at.name).innerText());
  await open(page, "/kitchen");
  await started(page, at, 392);
  const other = await as("kitchen");
  await open(other, "/kitchen");
  await expect(card(other, "in_progress", at, 392)).toBeVisible();
  await other.waitForLoadState("networkidle");
  await other.context().setOffline(true);
  await part(page, at, 392, 92, 0);
  await expect(onHand(manager, at.name)).toHaveText(written("es", before + 92));
  await card(other, "in_progress", at, 392).getByRole("button", { name: diga("kitchen.finish", { quantity: written("es", 392) }), exact: true }).click();
  await other.context().setOffline(false);
  const aside = other.locator(".rail .aside-mark");
  await expect(aside).toHaveText(diga("common.aside", { count: 1 }), { timeout: 30_000 });
  await aside.click();
  const question = other.locator("dialog[open] .aside");
  await expect(question.getByRole("button", { name: diga("queue.record_more", { quantity: written("es", 392) }), exact: true })).toBeVisible();
  await expect(onHand(manager, at.name)).toHaveText(written("es", before + 92));
  await question.getByRole("button", { name: diga("queue.record_more", { quantity: written("es", 300) }), exact: true }).click();
  await expect(onHand(manager, at.name)).toHaveText(written("es", before + 392), { timeout: 30_000 });
  await expect(aside).toHaveCount(0);
  await expect(card(other, "completed", at, 392)).toBeVisible();
});

test("the batch's page takes a part out with its reason and its moment, and shows what came out", async ({ as, axe }) => {
  const page = await as("kitchen");
  await open(page, "/orders/new");
  await page.getByLabel(diga("orders.product"), { exact: true }).selectOption({ index: 1 });
  await page.getByLabel(diga("orders.planned"), { exact: true }).fill("388");
  await page.getByRole("button", { name: diga("orders.plan_it") }).click();
  await page.waitForURL(/\/orders\/[0-9a-f-]{36}$/);
  await page.getByRole("button", { name: diga("orders.start"), exact: true }).click();
  await page.getByRole("button", { name: diga("orders.complete"), exact: true }).click();
  const form = sheet(page, diga("orders.complete"));
  await form.getByLabel(diga("orders.produced"), { exact: true }).fill("150");
  await form.getByLabel(diga("orders.lost"), { exact: true }).fill("8");
  await form.getByLabel(diga("orders.loss_reason"), { exact: true }).selectOption("dropped");
  await form.locator("summary").click();
  await expect(form.getByLabel(new RegExp(`^${diga("orders.came_out")}`))).toBeVisible();
  await form.getByRole("button", { name: diga("kitchen.part_out", { quantity: written("es", 150) }), exact: true }).click();
  await expect(form).toBeHidden();
  const parts = page.locator(".order-batches > li");
  await expect(parts).toHaveCount(1);
  await expect(parts.first()).toContainText(diga("orders.loss_dropped"));
  await expect(parts.first()).toContainText(/L\d{6}-\d+/);
  // What is out is finished and not cancelled.
  await expect(page.getByRole("button", { name: diga("orders.cancel"), exact: true })).toHaveCount(0);
  await page.getByRole("button", { name: diga("orders.complete"), exact: true }).click();
  await form.getByRole("button", { name: diga("kitchen.finish", { quantity: written("es", 230) }), exact: true }).click();
  await expect(page.locator(".page-header").getByText(diga("orders.status_completed"), { exact: true })).toBeVisible();
  await expect(parts).toHaveCount(2);
  await axe({ page });
  await page.getByRole("link", { name: diga("dispatch.see_labels") }).click();
  await expect(page.locator(".label:not(.label-copy)")).toHaveCount(2);
});
