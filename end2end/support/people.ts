// Who signs in, and how: through the form the first time, afterwards with the session that the form gave.
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "@playwright/test";
import { alive, open } from "./open.ts";
import type { Problems } from "./problems.ts";
import type { Bakery } from "./server.ts";
import { type Language, words } from "./words.ts";

export type Person = { email: string; password: string; name: string; language: Language };

type Session = Awaited<ReturnType<BrowserContext["storageState"]>>;

const sessions = new WeakMap<Bakery, Map<string, Session>>();

/** Signs in at the door and waits for the first page behind it. */
export async function signIn(page: Page, person: Person): Promise<void> {
  await open(page, "/login");
  // The door speaks the browser's language; names of the fields are the same in both.
  await page.locator("input[name=email]").fill(person.email);
  await page.locator("input[name=password]").fill(person.password);
  await page.locator("form[action='/login'] button[type=submit]").click();
  await page.waitForURL((url) => url.pathname !== "/login" && url.pathname !== "/");
  await alive(page);
}

/** A page of a browser of their own, signed in. Everything that goes wrong in it is collected by `problems`. */
export async function enter(
  browser: Browser,
  bakery: Bakery,
  person: Person,
  problems: Problems,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const known = sessions.get(bakery) ?? new Map<string, Session>();
  sessions.set(bakery, known);
  const session = known.get(person.email);
  const locale = person.language === "es" ? "es-ES" : "en-GB";
  const context = await browser.newContext({ baseURL: bakery.url, locale, timezoneId: "Europe/Madrid", ...options, storageState: session });
  problems.watch(context);
  const page = await context.newPage();
  if (!session) {
    await signIn(page, person);
    const fresh = await context.storageState();
    // A language or shop chosen on one screen is nothing that the next test should start with.
    fresh.cookies = fresh.cookies.filter((cookie) => cookie.name === "hornada_session");
    known.set(person.email, fresh);
  }
  return page;
}

/** Whoever signed out has no session that the next test could enter with. */
export function leave(bakery: Bakery, person: Person): void {
  sessions.get(bakery)?.delete(person.email);
}

/** Words in a person's language: `say("kitchen.start")`. */
export function speaker(person: Person): (key: string, fill?: Record<string, string | number>) => string {
  return (key, fill) => words(person.language, key, fill);
}
