// An organization: made by a link, changed, exported, deleted and kept after all.
import { DEMO } from "../support/demo.ts";
import { speaker } from "../support/people.ts";
import { alive, expect, open, test } from "../support/test.ts";

const say = speaker(DEMO.admin);
const diga = speaker(DEMO.manager);

test("somebody who is invited makes an organization and stands in its settings", async ({ bakery, page, axe }) => {
  const link = (await bakery.command("organization", "invite", "--email", "marta@puerto.example")).trim();
  const { pathname, search } = new URL(link);
  await open(page, `${pathname}${search}`);
  await axe({ page });
  await page.locator("input[name=name]").fill("Horno del Puerto");
  await page.locator("input[name=store_name]").fill("Muelle");
  await page.locator("input[name=display_name]").fill("Marta");
  await page.locator("input[name=time_zone]").fill("Cádiz");
  await page.locator("input[name=password]").fill("harina de fuerza");
  await page.locator("form[action='/sign-up'] button[type=submit]").click();
  // What cannot be is said, and what was typed is there still.
  await page.waitForURL(/error=time_zone/);
  await alive(page);
  await expect(page.locator("input[name=name]")).toHaveValue("Horno del Puerto");
  await page.locator("input[name=time_zone]").fill("Europe/Madrid");
  await page.locator("input[name=password]").fill("harina de fuerza");
  await page.locator("form[action='/sign-up'] button[type=submit]").click();
  await page.waitForURL(/\/settings\?welcome=1/);
  await alive(page);
  await expect(page.getByText("Horno del Puerto").first()).toBeVisible();
  // The link worked once.
  await page.context().clearCookies();
  await open(page, `${pathname}${search}`);
  await page.locator("input[name=name]").fill("Otro");
  await page.locator("input[name=store_name]").fill("Otra");
  await page.locator("input[name=display_name]").fill("Otra");
  await page.locator("input[name=password]").fill("harina de fuerza");
  await page.locator("form[action='/sign-up'] button[type=submit]").click();
  await page.waitForURL(/error=sign_up\.link/);
});

test("an administrator changes the settings, and what cannot be is said beside it", async ({ as, axe, problems }) => {
  problems.expect(/change_settings/);
  const page = await as("admin");
  await open(page, "/settings");
  await page.getByRole("button", { name: say("organization.change"), exact: true }).click();
  const sheet = page.getByRole("dialog").filter({ hasText: say("organization.keep_hint") });
  const zone = sheet.locator("input[name=settings-time-zone]");
  const before = await zone.inputValue();
  await zone.fill("Nowhere");
  await sheet.getByRole("button", { name: say("common.save"), exact: true }).click();
  await expect(sheet.getByText(say("organization.err_time_zone"))).toBeVisible();
  await axe({ page });
  await zone.fill(before);
  await sheet.locator("select[name=settings-keep]").selectOption("24");
  await sheet.getByRole("button", { name: say("common.save"), exact: true }).click();
  await expect(page.getByText(say("organization.saved")).first()).toBeVisible();
  await expect(page.getByText(say("organization.months", { count: 24 })).first()).toBeVisible();
});

test("everything is written into a file that can be fetched", async ({ as }) => {
  test.setTimeout(120_000);
  const page = await as("admin");
  await open(page, "/settings");
  await page.getByRole("button", { name: say("organization.export_ask"), exact: true }).click();
  const fetch = page.getByRole("link", { name: say("organization.export_fetch"), exact: true }).first();
  await expect(fetch).toBeVisible({ timeout: 90_000 });
  const coming = page.waitForEvent("download");
  await fetch.click();
  expect((await coming).suggestedFilename()).toMatch(/^hornada-.*\.tar\.zst$/);
});

test("a deletion is asked for with name and password, everybody is told, and it is called off", async ({ as, problems }) => {
  problems.expect(/ask_deletion/);
  const page = await as("admin");
  await open(page, "/settings");
  await page.getByRole("button", { name: say("organization.deletion_ask"), exact: true }).click();
  const dialog = page.getByRole("dialog").filter({ hasText: say("organization.deletion_detail") });
  const name = (await dialog.locator("strong").first().textContent()) ?? "";
  await dialog.locator("input[name=deletion-name]").fill(name);
  await dialog.locator("input[name=deletion-password]").fill("not this one");
  await dialog.getByRole("button", { name: say("organization.deletion_confirm"), exact: true }).click();
  await expect(dialog.getByText(say("organization.err_password"))).toBeVisible();
  await dialog.locator("input[name=deletion-password]").fill(DEMO.admin.password);
  await dialog.getByRole("button", { name: say("organization.deletion_confirm"), exact: true }).click();
  const cancel = page.getByRole("button", { name: say("organization.deletion_cancel"), exact: true });
  await expect(cancel).toBeVisible();
  const manager = await as("manager");
  await open(manager, "/today");
  await expect(manager.getByText(diga("common.erase_banner", { day: "" }).slice(0, 40))).toBeVisible();
  await cancel.click();
  await expect(page.getByText(say("organization.deletion_off")).first()).toBeVisible();
  await open(manager, "/today");
  await expect(manager.locator(".ending")).toHaveCount(0);
});
