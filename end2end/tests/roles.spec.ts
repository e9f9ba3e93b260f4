// Roles of an organization's own: copied, given, changed for everybody who holds them, and deleted once nobody does.
import { newcomer } from "../support/newcomers.ts";
import { speaker } from "../support/people.ts";
import { expect, open, test } from "../support/test.ts";

test("a copy of a role is given to somebody, changed, and deleted when nobody holds it any more", async ({ demo, visit, axe, problems }) => {
  test.setTimeout(90_000);
  problems.expect(/delete_role|create_role/); // held; a name that is taken
  const [boss, person] = [await newcomer(demo, "admin", "Berta Jefa"), await newcomer(demo, "production", "Iris Noche")];
  const say = speaker(boss);
  const page = await visit(demo, boss);
  await open(page, "/roles");
  const built = page.getByRole("row").filter({ hasText: say("users.role_production") }).first();
  // The four stay as they are.
  await expect(built.getByRole("button", { name: say("roles.change"), exact: true })).toHaveCount(0);
  await built.getByRole("button", { name: say("roles.copy"), exact: true }).click();
  const form = page.getByRole("dialog", { name: say("roles.new_title"), exact: true });
  await axe({ page });
  await form.getByLabel(say("roles.name"), { exact: true }).fill(say("users.role_production"));
  await form.getByRole("button", { name: say("roles.create"), exact: true }).click();
  // The organization speaks Spanish, so the name is free; it is taken afterwards.
  const name = "Night shift";
  const retry = page.getByRole("row").filter({ hasText: say("users.role_production") });
  await expect(retry).toHaveCount(2);
  const copy = retry.filter({ has: page.getByRole("button", { name: say("roles.change"), exact: true }) });
  await copy.getByRole("button", { name: say("roles.change"), exact: true }).click();
  const edit = page.getByRole("dialog", { name: say("roles.edit_title", { name: say("users.role_production") }), exact: true });
  await edit.getByLabel(say("roles.name"), { exact: true }).fill(name);
  await edit.locator("input[name='right-recipes.write']").uncheck({ force: true });
  await edit.getByRole("button", { name: say("common.save"), exact: true }).click();
  const own = page.getByRole("row").filter({ hasText: name });
  await expect(own).toBeVisible();

  await open(page, "/admin/users");
  const row = page.getByRole("row").filter({ hasText: person.email });
  await row.getByRole("button", { name: say("users.edit"), exact: true }).click();
  const sheet = page.getByRole("dialog", { name: say("users.edit_title", { name: person.name }), exact: true });
  await sheet.getByText(name, { exact: true }).click();
  await sheet.locator("input[name=role-production]").uncheck({ force: true });
  await sheet.getByRole("button", { name: say("common.save"), exact: true }).click();
  await expect(row).toContainText(name);

  // What they may do follows.
  const theirs = await visit(demo, person);
  await open(theirs, "/recipes");
  await expect(theirs.getByRole("heading", { level: 1 })).toBeVisible();

  await open(page, "/roles");
  const remove = async () => {
    await own.getByRole("button", { name: say("roles.delete"), exact: true }).first().click();
    await page
      .getByRole("dialog", { name: say("roles.delete_question"), exact: true })
      .getByRole("button", { name: say("roles.delete"), exact: true })
      .click();
  };
  await remove();
  await expect(page.getByText(say("roles.err_held"))).toBeVisible();
  await open(page, "/admin/users");
  await row.getByRole("button", { name: say("users.edit"), exact: true }).click();
  await sheet.locator("input[name=role-production]").check({ force: true });
  await sheet.getByText(name, { exact: true }).click();
  await sheet.getByRole("button", { name: say("common.save"), exact: true }).click();
  await expect(row).not.toContainText(name);
  await open(page, "/roles");
  await remove();
  await expect(own).toHaveCount(0);
});
