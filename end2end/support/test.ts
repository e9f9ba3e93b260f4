// `import { test, expect } from "../support/test.ts"` in every spec.
//
// `await open(page, "/today")` opens a page and waits until it is hydrated; use it instead of `page.goto`.
//
// Fixtures:
//   bakery    (one a worker) an empty bakery whose server runs; `page` looks at it
//   demo      (one a worker) a bakery with what `hornada demo` makes
//   visit     `const page = await visit(bakery, person)`: a browser of its own, signed in
//   as        `const page = await as("manager")`: the same for people of `demo`
//   problems  (automatic) collects console errors, hydration warnings, page errors and answers of 500 and above;
//             a test fails on any that it did not announce with `problems.expect(/.../)`
//   axe       `await axe()` fails on any serious or critical finding of axe-core on the page as it is now
//   capture   `await capture("today", page, "/today")` looks at a page of `demo` at 390, 820 and 1440 pixels, in both
//             languages and both themes, and keeps pictures in end2end/screenshots/DATABASE
import { test as base, expect, type BrowserContext, type BrowserContextOptions, type Page } from "@playwright/test";
import { checkAccessibility } from "./axe.ts";
import { captureMatrix, type CaptureOptions } from "./capture.ts";
import { DEMO, demoBakery, type DemoRole } from "./demo.ts";
import { enter, type Person } from "./people.ts";
import { Problems } from "./problems.ts";
import { Bakery } from "./server.ts";

type Fixtures = {
  problems: Problems;
  axe: (options?: { page?: Page; within?: string }) => Promise<void>;
  visit: (bakery: Bakery, person: Person, options?: BrowserContextOptions) => Promise<Page>;
  as: (who: DemoRole | Person, options?: BrowserContextOptions) => Promise<Page>;
  capture: (name: string, page: Page, path: string, options?: CaptureOptions) => Promise<void>;
};

type WorkerFixtures = { bakery: Bakery; demo: Bakery };

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
  demo: [
    async ({}, use) => {
      const bakery = await demoBakery();
      try {
        await use(bakery);
      } finally {
        await bakery.remove();
      }
    },
    // It trains twice, beside whatever else the machine does.
    { scope: "worker", timeout: 900_000 },
  ],
  baseURL: async ({ bakery }, use) => use(bakery.url),
  problems: [
    async ({}, use) => {
      const problems = new Problems();
      await use(problems);
      problems.check();
    },
    { auto: true },
  ],
  context: async ({ context, problems }, use) => {
    problems.watch(context);
    await use(context);
  },
  visit: async ({ browser, problems }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async (bakery, person, options) => {
      const page = await enter(browser, bakery, person, problems, options);
      contexts.push(page.context());
      return page;
    });
    for (const context of contexts) await context.close();
  },
  as: async ({ visit, demo }, use) => use((who, options) => visit(demo, typeof who === "string" ? DEMO[who] : who, options)),
  axe: async ({ page }, use) => use((options = {}) => checkAccessibility(options.page ?? page, options)),
  capture: async ({ demo }, use) =>
    use((name, page, path, options) => captureMatrix(page, new URL(path, demo.url).href, name, options)),
});

export { alive, open } from "./open.ts";
export { expect };
export type { BrowserContext, Page };
