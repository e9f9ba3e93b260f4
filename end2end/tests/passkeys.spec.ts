// Passkeys, with the authenticator that Chromium brings for tests: made, used at the door and at the second step, taken away; answers that
// come again, a device that was copied, and another organization.
import type { CDPSession } from "@playwright/test";
import { newcomer, signOut } from "../support/newcomers.ts";
import { type Person, speaker } from "../support/people.ts";
import { Bakery } from "../support/server.ts";
import { alive, expect, open, type Page, test } from "../support/test.ts";

type Device = { cdp: CDPSession; authenticatorId: string };

/** The server's pages under a name: browsers bind keys to names. */
const named = (bakery: Bakery): string => bakery.url.replace("127.0.0.1", "localhost");

/** Puts a device into a page's browser that makes sure who holds it. */
async function device(page: Page): Promise<Device> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { cdp, authenticatorId };
}

/** Adds a key by the password; answers the recovery codes. */
async function add(page: Page, person: Person, name: string): Promise<string[]> {
  const say = speaker(person);
  await open(page, "/account/security");
  await page.getByRole("button", { name: say("passkeys.add"), exact: true }).click();
  await page.locator("input[name=passkey-name]").fill(name);
  await page.locator("input[name=passkey-password]").fill(person.password);
  await page.getByRole("button", { name: say("security.go_on"), exact: true }).click();
  const codes = page.locator(".recovery-codes li");
  await expect(codes).toHaveCount(10);
  const told = await codes.allInnerTexts();
  await page.getByRole("button", { name: say("security.codes_kept"), exact: true }).click();
  await expect(page.getByText(name, { exact: true })).toBeVisible();
  return told;
}

/** Presses the button of the door and waits for what comes of it. */
async function press(page: Page, person: Person, where: RegExp): Promise<void> {
  await page.getByRole("button", { name: speaker(person)("passkeys.door"), exact: true }).click();
  await page.waitForURL(where);
  await alive(page);
}

test("a passkey is made, lets in without a password, and is taken away", async ({ demo, visit, axe }) => {
  test.setTimeout(90_000);
  const person = await newcomer(demo, "analyst", "Nora Huella");
  const say = speaker(person);
  const page = await visit(demo, person, { baseURL: named(demo) });
  await device(page);
  await open(page, "/account/security");
  await page.getByRole("button", { name: say("passkeys.add"), exact: true }).click();
  await axe({ page });
  await add(page, person, "Office computer");
  await axe({ page });

  await signOut(page);
  await open(page, "/login");
  await expect(page.getByRole("button", { name: say("passkeys.door"), exact: true })).toBeVisible();
  await axe({ page });
  const answers: string[] = [];
  page.on("request", (request) => {
    if (new URL(request.url()).pathname === "/login/passkey/answer") answers.push(request.postData() ?? "");
  });
  await press(page, person, /\/today/);
  await expect(page.locator(".user-name")).toHaveText(person.name);

  // The same answer once more, after its question was used.
  await signOut(page);
  expect(answers).toHaveLength(1);
  const replay = await page.request.post(`${named(demo)}/login/passkey/answer`, {
    headers: { "content-type": "application/x-www-form-urlencoded" },
    data: answers[0] ?? "",
    maxRedirects: 0,
  });
  expect(replay.status()).toBe(303);
  expect(replay.headers().location).toMatch(/error=passkey_over/);
  // And to another question.
  await open(page, "/login");
  const asked = await page.request.post(`${named(demo)}/login/passkey`);
  expect(asked.status()).toBe(200);
  const other = await page.request.post(`${named(demo)}/login/passkey/answer`, {
    headers: { "content-type": "application/x-www-form-urlencoded" },
    data: answers[0] ?? "",
    maxRedirects: 0,
  });
  expect(other.headers().location).toMatch(/error=passkey(&|$)/);

  await open(page, "/login");
  await press(page, person, /\/today/);
  await open(page, "/account/security");
  await page.getByRole("button", { name: say("passkeys.remove", { name: "Office computer" }), exact: true }).click();
  await page.getByRole("button", { name: say("passkeys.by_key"), exact: true }).click();
  await expect(page.getByText("Office computer", { exact: true })).toHaveCount(0);
  await signOut(page);
  await open(page, "/login");
  // The device still has it; here nobody knows it any more.
  await press(page, person, /error=passkey/);
  await expect(page.getByText(say("passkeys.err_unknown"))).toBeVisible();
});

test("after the password a passkey is the second step, and a copied device is noticed", async ({ demo, visit }) => {
  test.setTimeout(90_000);
  const person = await newcomer(demo, "analyst", "Olga Copia");
  const say = speaker(person);
  const page = await visit(demo, person, { baseURL: named(demo) });
  const own = await device(page);
  const codes = await add(page, person, "Phone");
  const { credentials } = await own.cdp.send("WebAuthn.getCredentials", { authenticatorId: own.authenticatorId });
  expect(credentials).toHaveLength(1);

  const knock = async (at: Page) => {
    await open(at, "/login");
    await at.locator("input[name=email]").fill(person.email);
    await at.locator("input[name=password]").fill(person.password);
    await at.locator("form[action='/login'] button[type=submit]").click();
    await at.waitForURL(/\/login\/code/);
    await alive(at);
  };
  for (let time = 0; time < 2; time += 1) {
    await signOut(page);
    await knock(page);
    await press(page, person, /\/today/);
  }

  const thief = await (await page.context().browser()!.newContext({ baseURL: named(demo), locale: "en-GB" })).newPage();
  const copy = await device(thief);
  for (const credential of credentials) await copy.cdp.send("WebAuthn.addCredential", { authenticatorId: copy.authenticatorId, credential });
  await open(thief, "/login");
  await press(thief, person, /error=passkey/);
  await thief.context().close();

  await open(page, "/account/security");
  await expect(page.getByText(say("passkeys.suspect_text"))).toBeVisible();
  await signOut(page);
  await knock(page);
  await page.locator("input[name=code]").fill(codes[0] ?? "");
  await page.locator("form[action='/login/code'] button[type=submit]").click();
  await page.waitForURL(/\/today/);
});

test("a passkey of one organization leads into that one and no other", async ({ browser, problems }) => {
  test.setTimeout(120_000);
  const bakery = await Bakery.create();
  try {
    await bakery.serve();
    const pages: Page[] = [];
    for (const name of ["Norte", "Sur"]) {
      const person: Person = { email: `admin@${name.toLowerCase()}.example`, password: "harina de fuerza", name, language: "en" };
      const link = new URL((await bakery.command("organization", "invite", "--email", person.email)).trim());
      const context = await browser.newContext({ baseURL: named(bakery), locale: "en-GB" });
      problems.watch(context);
      const page = await context.newPage();
      await device(page);
      await open(page, `${link.pathname}${link.search}`);
      await page.locator("input[name=name]").fill(`Horno ${name}`);
      await page.locator("input[name=store_name]").fill("Tienda");
      await page.locator("input[name=display_name]").fill(name);
      await page.locator("input[name=password]").fill(person.password);
      await page.locator("form[action='/sign-up'] button[type=submit]").click();
      await page.waitForURL(/\/settings/);
      await add(page, person, `Key of ${name}`);
      await signOut(page);
      await open(page, "/login");
      await press(page, person, /^(?!.*\/login)/);
      await expect(page.locator(".user-name")).toHaveText(name);
      await open(page, "/account/security");
      await expect(page.getByText(`Key of ${name}`, { exact: true })).toBeVisible();
      pages.push(page);
    }
    // What the one has, the other does not see.
    const [north, south] = pages;
    await expect(south!.getByText("Key of Norte", { exact: true })).toHaveCount(0);
    await expect(north!.getByText("Key of Sur", { exact: true })).toHaveCount(0);
    for (const page of pages) await page.context().close();
  } finally {
    await bakery.remove();
  }
});
