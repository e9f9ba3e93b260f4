// People of their own for tests that change how somebody signs in: those of the demo belong to all tests.
import type { Page } from "@playwright/test";
import type { Person } from "./people.ts";
import type { Bakery } from "./server.ts";

let count = 0;

/** Adds a person with this role who sees every store. */
export async function newcomer(bakery: Bakery, role: string, name: string): Promise<Person> {
  count += 1;
  const person: Person = { email: `${role}-${process.pid}-${count}@demo.hornada.local`, password: "pan-recien-hecho", name, language: "en" };
  const about = ["--email", person.email, "--name", person.name, "--role", role, "--language", person.language];
  await bakery.commandWith({ HORNADA_PASSWORD: person.password }, "user", "add", ...about);
  return person;
}

/** Leaves by the menu. */
export async function signOut(page: Page): Promise<void> {
  await page.locator(".user-button").click();
  await page.locator("form[action='/logout'] button").click();
  await page.waitForURL((url) => ["/login", "/tablet"].includes(url.pathname));
}
