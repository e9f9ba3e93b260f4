// A shared tablet: registered by an administrator, taken over by name and PIN, handed from one to the next.
import { newcomer, signOut } from "../support/newcomers.ts";
import { type Person, speaker } from "../support/people.ts";
import { alive, expect, open, type Page, test } from "../support/test.ts";

async function setPin(page: Page, person: Person, pin: string): Promise<void> {
  const say = speaker(person);
  await open(page, "/account/security");
  await page.locator("input[name=pin]").fill(pin);
  await page.locator("input[name=password]").fill(person.password);
  await page.getByRole("button", { name: say("security.pin_save"), exact: true }).click();
  await expect(page.getByText(say("security.pin_saved"))).toBeVisible();
}

test("two people share a tablet by name and PIN, and neither administers on it", async ({ demo, visit, axe, problems }) => {
  test.setTimeout(90_000);
  problems.expect(/403|set_pin/); // a page that a PIN does not open; a PIN that everybody tries first
  const boss = await newcomer(demo, "admin", "Berta Jefa");
  const [ana, luis] = [await newcomer(demo, "store_manager", "Ana Mostrador"), await newcomer(demo, "production", "Luis Horno")];
  const say = speaker(boss);
  const own = await visit(demo, ana);
  await open(own, "/account/security");
  await own.locator("input[name=pin]").fill("1234");
  await own.locator("input[name=password]").fill(ana.password);
  await own.getByRole("button", { name: say("security.pin_save"), exact: true }).click();
  await expect(own.getByText(say("security.err_pin_guessable"))).toBeVisible();
  await setPin(own, ana, "2580");
  await setPin(await visit(demo, luis), luis, "1379");
  await setPin(await visit(demo, boss), boss, "8642");

  const tablet = await visit(demo, boss, { viewport: { width: 820, height: 1180 }, hasTouch: true });
  await open(tablet, "/tablets");
  await tablet.locator("#tablet-name").fill("Counter");
  await tablet.locator("form[action='/tablets'] button[type=submit]").click();
  await tablet.waitForURL(/\/tablet$/);
  await alive(tablet);
  await axe({ page: tablet });
  await tablet.getByRole("link", { name: ana.name, exact: true }).tap();
  await tablet.locator("#pin").fill("0007");
  await tablet.locator("form[action='/tablet'] button[type=submit]").click();
  await expect(tablet.getByText(say("tablets.wrong_pin"))).toBeVisible();
  await alive(tablet);
  await axe({ page: tablet });
  await tablet.locator("#pin").fill("2580");
  await tablet.locator("form[action='/tablet'] button[type=submit]").click();
  await tablet.waitForURL(/\/today/);
  await alive(tablet);
  await expect(tablet.locator(".user-name")).toHaveText(ana.name);

  // The next one, without anybody signing out first.
  await tablet.locator(".user-button").click();
  await tablet.getByRole("link", { name: say("common.switch_person"), exact: true }).click();
  await tablet.waitForURL(/\/tablet$/);
  await alive(tablet);
  await tablet.getByRole("link", { name: luis.name, exact: true }).tap();
  await tablet.locator("#pin").fill("1379");
  await tablet.locator("form[action='/tablet'] button[type=submit]").click();
  await tablet.waitForURL(/\/kitchen/);
  await alive(tablet);

  // An administrator's PIN opens the work of the shop and nothing of administration.
  await open(tablet, "/tablet");
  await tablet.getByRole("link", { name: boss.name, exact: true }).tap();
  await tablet.locator("#pin").fill("8642");
  await tablet.locator("form[action='/tablet'] button[type=submit]").click();
  await tablet.waitForURL((url) => url.pathname !== "/tablet");
  await alive(tablet);
  expect((await open(tablet, "/admin/users")).status()).toBe(403);
  await open(tablet, "/account/security");
  await expect(tablet.getByText(say("security.by_pin_title"))).toBeVisible();
  await signOut(tablet);
  expect(new URL(tablet.url()).pathname).toBe("/tablet");
});
