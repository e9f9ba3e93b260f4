// `import { test, expect } from "../support/test.ts"` in every spec.
//
// `await open(page, "/today")` opens a page and waits until it is hydrated; use it instead of `page.goto`.
//
// Fixtures:
//   bakery    (one a worker) an empty bakery whose server runs; specs fill it with `bakery.command("setup", ...)`
//   problems  (automatic) collects console errors, hydration warnings, page errors and answers of 500 and above;
//             a test fails on any that it did not announce with `problems.expect(/.../)`
//   axe       `await axe()` fails on any serious or critical finding of axe-core on the page as it is now
//   capture   `await capture("today", "/today")` takes the page at 390, 820 and 1440 pixels, in both languages and
//             both themes, into end2end/screenshots/DATABASE
import { test as base, expect, type Browser, type BrowserContext, type Page } from "@playwright/test";
import { checkAccessibility } from "./axe.ts";
import { captureMatrix } from "./capture.ts";
import { Problems } from "./problems.ts";
import { Bakery } from "./server.ts";

type Fixtures = {
  problems: Problems;
  axe: (options?: { within?: string }) => Promise<void>;
  capture: (name: string, path: string) => Promise<void>;
};

type WorkerFixtures = { bakery: Bakery };

export const test = base.extend<Fixtures, WorkerFixtures>({
  bakery: [
    async ({}, use) => {
      const bakery = await Bakery.create();
      try {
        await bakery.serve();
        await use(bakery);
      } finally {
        await bakery.remove();
      }
    },
    { scope: "worker", timeout: 120_000 },
  ],
  baseURL: async ({ bakery }, use) => use(bakery.url),
  problems: [
    async ({ context }, use) => {
      const problems = new Problems();
      problems.watch(context);
      await use(problems);
      problems.check();
    },
    { auto: true },
  ],
  axe: async ({ page }, use) => use((options) => checkAccessibility(page, options)),
  capture: async ({ browser, context, baseURL }, use) => use((name, path) => captureMatrix(browser, context, new URL(path, baseURL).href, name)),
});

export { alive, open } from "./open.ts";
export { expect };
export type { Browser, BrowserContext, Page };
