// Coming in with the organization's own account, at a provider that is a program of its own.
import { randomUUID } from "node:crypto";
import type { Browser, BrowserContext } from "@playwright/test";
import { DEMO } from "../support/demo.ts";
import { newcomer, signOut } from "../support/newcomers.ts";
import { type Person, speaker } from "../support/people.ts";
import type { Problems } from "../support/problems.ts";
import { CLIENT, Idp } from "../support/provider.ts";
import type { Bakery } from "../support/server.ts";
import { alive, expect, open, type Page, test } from "../support/test.ts";

const DOMAIN = "demo.hornada.local";
const say = speaker({ ...DEMO.admin, language: "en" });

/** Starts the server anew with what an operator sets who means a provider on this machine. */
async function allow(demo: Bakery, port: number): Promise<void> {
  await demo.stop();
  Object.assign(demo.environment, {
    HORNADA_SINGLE_SIGN_ON_PLAIN: "true",
    HORNADA_SINGLE_SIGN_ON_PORTS: String(port),
    HORNADA_SINGLE_SIGN_ON_INSIDE: "127.0.0.1",
  });
  await demo.serve();
}

/** A browser in which nobody is signed in. */
async function stranger(browser: Browser, demo: Bakery, problems: Problems): Promise<BrowserContext> {
  const context = await browser.newContext({ baseURL: demo.url, locale: "en-GB", timezoneId: "Europe/Madrid" });
  problems.watch(context);
  return context;
}

/** From the door to the provider. */
async function go(page: Page, hint: string, name: string): Promise<void> {
  await open(page, "/login");
  await page.getByRole("link", { name: say("auth.sign_on"), exact: true }).click();
  await page.waitForURL(/\/login\/sso$/);
  await alive(page);
  await page.locator("input[name=hint]").fill(hint);
  await page.locator("form[action='/login/sso'] button[type=submit]").click();
  await page.getByRole("link", { name: say("doors.sign_on_go", { name }), exact: true }).click();
  await page.getByRole("heading", { name: "Provider", exact: true }).waitFor();
}

async function be(page: Page, account: string): Promise<void> {
  await page.getByLabel("Account").fill(account);
  await page.getByRole("button", { name: "Go in", exact: true }).click();
}

test("somebody comes in with their organization's account, and whoever the provider does not vouch for stays outside", async ({
  as,
  axe,
  browser,
  demo,
  problems,
}) => {
  test.setTimeout(180_000);
  const person: Person = await newcomer(demo, "analyst", "Sara Cuenta");
  const idp = await Idp.start({
    sara: { email: person.email, verified: true, name: person.name },
    unverified: { email: DEMO.admin.email, verified: false, name: "Nobody" },
    foreign: { email: "sara@elsewhere.example", verified: true, name: "Nobody" },
    unknown: { email: `nobody@${DOMAIN}`, verified: true, name: "Nobody" },
  });
  const contexts: BrowserContext[] = [];
  const fresh = async (): Promise<Page> => {
    const context = await stranger(browser, demo, problems);
    contexts.push(context);
    return context.newPage();
  };
  try {
    await allow(demo, idp.port);
    const admin = await as("admin");
    const name = `Bakery account ${randomUUID().slice(0, 8)}`;
    const values = { name, issuer: idp.issuer, client_id: CLIENT.id, domains: [DOMAIN], passwords_allowed: false, active: true };
    const body = { command_id: randomUUID(), values, client_secret: CLIENT.secret };
    const made = await admin.request.post("/api/v1/identity-providers", { data: body });
    expect(made.status()).toBe(201);
    const provider = (await made.json()) as { id: string; redirect_path: string };
    idp.serve(`${demo.url}${provider.redirect_path}`, `${demo.url}/login`);

    // In, by the domain of the address.
    const page = await fresh();
    const answers: string[] = [];
    page.on("request", (asked) => {
      if (asked.url().includes("/answer?")) answers.push(asked.url());
    });
    await go(page, person.email, name);
    await be(page, "sara");
    await page.waitForURL(/\/today/);
    await alive(page);
    await expect(page.locator(".user-button")).toContainText(person.name);
    expect(answers).toHaveLength(1);

    // Out, here and there.
    await signOut(page);
    await expect(page.getByRole("link", { name: say("auth.leave_provider"), exact: true })).toBeVisible();
    await axe({ page });

    // The same way back again leads nowhere, in this browser and in another.
    for (const again of [page, await fresh()]) {
      await again.goto(answers[0] ?? "");
      await expect(again.getByText(say("auth.error_sso_ended"))).toBeVisible();
    }

    // Passwords are closed for who has come in this way.
    const byPassword = await fresh();
    await open(byPassword, "/login");
    await byPassword.locator("input[name=email]").fill(person.email);
    await byPassword.locator("input[name=password]").fill(person.password);
    await byPassword.locator("form[action='/login'] button[type=submit]").click();
    await expect(byPassword.getByText(say("auth.error_password_closed"))).toBeVisible();

    // Whoever the provider does not vouch for, or names somebody who is not here.
    for (const [account, word] of [
      ["unverified", "auth.error_sso_unverified"],
      ["foreign", "auth.error_sso_domain"],
      ["unknown", "auth.error_sso_unknown"],
    ] as const) {
      const outside = await fresh();
      await go(outside, `anybody@${DOMAIN}`, name);
      await be(outside, account);
      await expect(outside.getByText(say(word))).toBeVisible();
      await outside.goto("/today");
      await outside.waitForURL(/\/login/);
    }

    // An address of which nobody knows anything is told the same as one that is somebody's at no provider.
    const lost = await fresh();
    await open(lost, "/login/sso");
    await axe({ page: lost });
    await lost.locator("input[name=hint]").fill("somebody@elsewhere.example");
    await lost.locator("form[action='/login/sso'] button[type=submit]").click();
    await expect(lost.getByText(say("doors.sign_on_none")).first()).toBeVisible();

    const removed = await admin.request.delete(`/api/v1/identity-providers/${provider.id}`);
    expect(removed.status()).toBe(204);
  } finally {
    for (const context of contexts) await context.close();
    await idp.end();
  }
});
