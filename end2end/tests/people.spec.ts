// How people come in by themselves: an invitation, a lost password, their own account; with the mails that the server keeps.
import { sheet } from "../support/baking.ts";
import { DEMO } from "../support/demo.ts";
import { linkIn, mailTo } from "../support/mails.ts";
import { type Person, signIn, speaker } from "../support/people.ts";
import { alive, expect, open, test } from "../support/test.ts";

const say = speaker(DEMO.admin);
const MARTA: Person = { email: "marta@demo.hornada.local", password: "tres gatos comen sopa", name: "Marta Gil", language: "es" };
const diga = speaker(MARTA);
const NEXT = "siete barcos llevan harina";

test.describe("people", () => {
  test.describe.configure({ mode: "serial" });

  test("an administrator invites somebody, who comes in by the mail alone", async ({ as, demo, browser, axe, problems }) => {
    problems.expect(/invite_person/); // nothing chosen
    const admin = await as("admin");
    await open(admin, "/admin/users");
    await admin.getByRole("button", { name: say("users.invite"), exact: true }).click();
    const form = sheet(admin, say("users.invite_title"));
    await form.getByLabel(say("users.email"), { exact: true }).fill(MARTA.email);
    await form.getByRole("button", { name: say("users.invite_send"), exact: true }).click();
    await expect(form.getByText(say("users.err_roles"))).toBeVisible();
    await form.getByRole("radio", { name: say("common.spanish") }).check({ force: true });
    await form.getByRole("switch", { name: say("users.role_store_manager") }).check({ force: true });
    await form.getByRole("switch", { name: say("users.all_stores") }).check({ force: true });
    await axe({ page: admin });
    await form.getByRole("button", { name: say("users.invite_send"), exact: true }).click();
    await expect(admin.getByText(say("users.invited", { email: MARTA.email })).first()).toBeVisible();
    const row = admin.getByRole("row").filter({ hasText: MARTA.email });
    await expect(row).toBeVisible();

    // Sent again, the first link is good for nothing.
    const first = linkIn(await mailTo(demo, MARTA.email), "/invitation");
    await row.getByRole("button", { name: say("users.resend"), exact: true }).click();
    const second = linkIn(await mailTo(demo, MARTA.email, 1), "/invitation");
    const context = await browser.newContext({ baseURL: demo.url, locale: "es-ES", timezoneId: "Europe/Madrid", viewport: { width: 820, height: 1180 } });
    problems.watch(context);
    const page = await context.newPage();
    await open(page, first);
    await expect(page.getByText(diga("doors.invitation_ended"))).toBeVisible();

    await open(page, second);
    await expect(page.getByText(MARTA.email)).toBeVisible();
    await axe({ page });
    await page.locator("input[name=display_name]").fill(MARTA.name);
    await page.locator("input[name=password]").fill("password1234");
    await page.getByRole("button", { name: diga("doors.invitation_submit"), exact: true }).click();
    await alive(page);
    await expect(page.getByText(diga("account.err_common"))).toBeVisible();
    await expect(page.locator("input[name=display_name]")).toHaveValue(MARTA.name);
    await page.locator("input[name=password]").fill(MARTA.password);
    await page.getByRole("button", { name: diga("doors.invitation_submit"), exact: true }).click();
    await page.waitForURL((url) => url.pathname === "/today");
    await alive(page);
    await open(page, "/account");
    await expect(page.locator("input[name=display_name]")).toHaveValue(MARTA.name);
    await context.close();
  });

  test("who forgot their password asks for a link, and the door says the same to everybody", async ({ browser, demo, axe, problems }) => {
    const context = await browser.newContext({ baseURL: demo.url, locale: "es-ES", timezoneId: "Europe/Madrid" });
    problems.watch(context);
    const page = await context.newPage();
    await open(page, "/login");
    await page.getByRole("link", { name: diga("auth.forgot"), exact: true }).click();
    await page.waitForURL(/\/forgot$/);
    for (const email of ["nobody@demo.hornada.local", MARTA.email]) {
      await open(page, "/forgot");
      await page.locator("input[name=email]").fill(email);
      await page.getByRole("button", { name: diga("doors.forgot_submit"), exact: true }).click();
      await page.waitForURL(/sent=1/);
      await expect(page.getByText(diga("doors.forgot_sent"))).toBeVisible();
    }
    // After the two invitations.
    await open(page, linkIn(await mailTo(demo, MARTA.email, 2), "/reset"));
    await expect(page.getByText(diga("doors.reset_lead", { email: MARTA.email }))).toBeVisible();
    await axe({ page });
    await page.locator("input[name=password]").fill(NEXT);
    await page.getByRole("button", { name: diga("doors.reset_submit"), exact: true }).click();
    await page.waitForURL(/\/login/);
    await expect(page.getByText(diga("auth.password_set"))).toBeVisible();
    await signIn(page, { ...MARTA, password: NEXT });
    await context.close();
  });

  test("people see where they are signed in, end that, and change name and password", async ({ browser, demo, axe, problems }) => {
    const person = { ...MARTA, password: NEXT };
    const enter = async () => {
      const context = await browser.newContext({ baseURL: demo.url, locale: "es-ES", timezoneId: "Europe/Madrid" });
      problems.watch(context);
      const page = await context.newPage();
      await signIn(page, person);
      return page;
    };
    const [here, there] = [await enter(), await enter()];
    await open(here, "/account");
    await axe({ page: here });
    const others = here.locator("tr[data-session]").filter({ hasNotText: diga("account.this_session") });
    const before = await others.count();
    expect(before).toBeGreaterThan(0);
    await others.first().getByRole("button", { name: diga("account.end"), exact: true }).click();
    await here.waitForURL(/done=session/);
    await alive(here);
    await expect(others).toHaveCount(before - 1);

    await here.locator("input[name=display_name]").fill("Marta Gil Ruiz");
    await here.getByRole("button", { name: diga("account.save"), exact: true }).click();
    await here.waitForURL(/done=profile/);
    await alive(here);
    await expect(here.locator(".user-name")).toHaveText("Marta Gil Ruiz");

    await here.locator("input[name=current_password]").fill("not the password");
    await here.locator("input[name=password]").fill(MARTA.password);
    await here.getByRole("button", { name: diga("account.change_password"), exact: true }).click();
    await alive(here);
    await expect(here.getByText(diga("account.err_wrong"))).toBeVisible();
    await here.locator("input[name=current_password]").fill(NEXT);
    await here.locator("input[name=password]").fill(MARTA.password);
    await here.getByRole("button", { name: diga("account.change_password"), exact: true }).click();
    await here.waitForURL(/done=password/);
    await alive(here);
    await expect(here.getByText(diga("account.password_changed"))).toBeVisible();
    // The other browser is out, and lands at the door.
    await open(there, "/account");
    expect(new URL(there.url()).pathname).toBe("/login");

    await here.getByRole("button", { name: diga("account.end_all"), exact: true }).click();
    await here.waitForURL(/signed_out=1/);
    await here.context().close();
    await there.context().close();
  });
});
