// What an administrator looks after: keys, the audit log and its chain, health, shops and products, nights.
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { sheet } from "../support/baking.ts";
import { DEMO } from "../support/demo.ts";
import { speaker } from "../support/people.ts";
import { expect, open, type Page, test } from "../support/test.ts";
import { pattern } from "../support/words.ts";

const say = speaker(DEMO.admin);

const button = (page: Page, key: string) => page.getByRole("button", { name: say(key), exact: true });

/** Asks the API with a key, from outside of any browser. */
async function asked(url: string, secret: string): Promise<number> {
  const answer = await fetch(`${url}/api/v1/stores`, { headers: { authorization: `Bearer ${secret}` } });
  await answer.body?.cancel();
  return answer.status;
}

test("a key is made, shown once, used, put in the place of another and revoked", async ({ as, axe, demo, problems }) => {
  problems.expect(/create_api_key/); // without a permission
  const page = await as("admin");
  const name = `Till ${randomUUID().slice(0, 8)}`;
  await open(page, "/keys");
  await button(page, "admin.key_add").click();
  const form = sheet(page, say("admin.key_add"));
  await form.getByLabel(say("admin.key_name"), { exact: true }).fill(name);
  await axe({ page });
  await form.getByRole("button", { name: say("common.save"), exact: true }).click();
  await expect(form.getByText(say("admin.err_permissions")).first()).toBeVisible();
  await form.locator("input[name='permission-catalog.read']").check({ force: true });
  await form.getByRole("button", { name: say("common.save"), exact: true }).click();

  const told = page.getByRole("dialog", { name: say("admin.secret_title"), exact: true });
  await expect(told).toBeVisible();
  await axe({ page });
  const secret = (await told.locator(".secret").innerText()).trim();
  expect(secret).toMatch(/^hornada_[0-9a-f]{8}_[0-9a-f]{64}$/);
  await told.getByRole("button", { name: say("admin.secret_kept"), exact: true }).click();
  await expect(page.getByText(secret)).toHaveCount(0);
  expect(await asked(demo.url, secret)).toBe(200);

  const rows = page.getByRole("row").filter({ hasText: name });
  await expect(rows).toHaveCount(1);
  await rows.getByRole("button", { name: say("admin.rotate"), exact: true }).click();
  await page
    .getByRole("dialog", { name: say("admin.rotate_question"), exact: true })
    .getByRole("button", { name: say("admin.rotate_confirm"), exact: true })
    .click();
  const next = (await told.locator(".secret").innerText()).trim();
  expect(next).not.toBe(secret);
  await told.getByRole("button", { name: say("admin.secret_kept"), exact: true }).click();
  // For a day both work.
  expect([await asked(demo.url, secret), await asked(demo.url, next)]).toEqual([200, 200]);
  await expect(rows).toHaveCount(2);

  const old = rows.filter({ hasText: secret.split("_")[1] ?? "" });
  await old.getByRole("button", { name: say("admin.revoke"), exact: true }).click();
  await page
    .getByRole("dialog", { name: say("admin.revoke_question"), exact: true })
    .getByRole("button", { name: say("admin.revoke_confirm"), exact: true })
    .click();
  await expect(old.getByText(pattern("en", "admin.key_revoked"))).toBeVisible();
  expect([await asked(demo.url, secret), await asked(demo.url, next)]).toEqual([401, 200]);
});

test("the audit log shows what changed, is narrowed, saved as a file, and its chain is checked", async ({ as, axe }) => {
  const page = await as("admin");
  await open(page, "/audit");
  const entries = page.locator(".audit-entry");
  await expect(entries.first()).toBeVisible();
  await page.getByLabel(say("admin.audit_action"), { exact: true }).fill("users.create");
  await button(page, "orders.filter").click();
  await page.waitForURL(/action=users\.create/);
  await expect(entries).not.toHaveCount(0);
  for (const words of await entries.locator("summary b").allInnerTexts()) expect(words).toBe("users.create");
  await entries.first().locator("summary").click();
  await expect(entries.first().locator("ins").first()).toBeVisible();
  await axe({ page });

  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: say("admin.audit_export"), exact: true }).click(),
  ]);
  const lines = (await readFile(await file.path(), "utf8")).trimEnd().split("\r\n");
  expect(lines[0]).toMatch(/^sequence,at,/);
  expect(lines.length - 1).toBe(await entries.count());

  await button(page, "admin.check_start").click();
  await expect(page.locator(".audit-check[data-check=whole]")).toBeVisible({ timeout: 60_000 });
});

test("health tells of every part with its state", async ({ as, axe }) => {
  const page = await as("admin");
  await open(page, "/health");
  const part = (name: string) => page.locator(`.health-part[data-part=${name}]`);
  for (const name of ["database", "disk", "queue", "backup", "messages", "night", "model"]) await expect(part(name)).toBeVisible();
  await expect(part("database")).toHaveAttribute("data-state", "fine");
  await expect(part("database")).toContainText(/SQLite|PostgreSQL/);
  // Nobody has taken a backup of the demo, and what to do about it is said.
  await expect(part("backup")).toContainText(say("admin.mend_backup"));
  await axe({ page });
});

test("a product gets another price, and somebody who looked at the old one is told so", async ({ as, axe, problems }) => {
  problems.expect(/save_product/); // a stale version
  const [page, other] = [await as("admin"), await as("admin")];
  for (const one of [page, other]) await open(one, "/products");
  const rows = (one: Page) => one.locator("table.table tbody tr");
  const name = (await rows(page).first().locator("strong").innerText()).trim();
  const edit = async (one: Page) => {
    await rows(one).first().getByRole("button", { name: say("users.edit"), exact: true }).click();
    return sheet(one, name);
  };
  const price = new RegExp(`^${say("assortment.price")}`);
  const form = await edit(page);
  const late = await edit(other);
  const before = await form.getByLabel(price).inputValue();
  await axe({ page });
  await form.getByLabel(price).fill("7.77");
  await form.getByRole("button", { name: say("common.save"), exact: true }).click();
  await expect(page.getByText(say("assortment.product_saved")).first()).toBeVisible();
  await expect(rows(page).first()).toContainText("7.77");
  await late.getByLabel(price).fill("8.88");
  await late.getByRole("button", { name: say("common.save"), exact: true }).click();
  await expect(late.getByText(say("admin.err_stale")).first()).toBeVisible();

  const again = await edit(page);
  await again.getByLabel(price).fill(before);
  await again.getByRole("button", { name: say("common.save"), exact: true }).click();
  await expect(rows(page).first()).not.toContainText("7.77");
});

test("a shop is found and its hours are changed and changed back", async ({ as, axe }) => {
  const page = await as("admin");
  await open(page, "/stores");
  const rows = page.locator("table.table tbody tr");
  const name = (await rows.first().locator("strong").innerText()).trim();
  await page.getByLabel(say("common.search"), { exact: true }).fill(name.toUpperCase());
  await button(page, "orders.filter").click();
  await expect(rows).toHaveCount(1);
  const save = async (closes: string) => {
    await rows.first().getByRole("button", { name: say("users.edit"), exact: true }).click();
    const form = sheet(page, name);
    const box = form.getByLabel(say("assortment.closes"), { exact: true });
    const before = await box.inputValue();
    await box.fill(closes);
    await axe({ page });
    await form.getByRole("button", { name: say("common.save"), exact: true }).click();
    await expect(form).toBeHidden();
    await expect(rows.first()).toContainText(closes);
    return before;
  };
  const before = await save("22:15");
  await save(before);
});

test("a night shows what its steps wrote down and offers to run again", async ({ as }) => {
  const page = await as("admin");
  await open(page, "/admin/jobs");
  const night = page.locator("details.night").first();
  await expect(night.locator(".night-log").first()).toBeVisible();
  await night.locator(".night-log summary").first().click();
  await expect(night.locator(".night-log dd").first()).toBeVisible();
  await expect(night.getByRole("button", { name: say("jobs.again"), exact: true })).toBeVisible();
});
