// Every page of the product, as each of its readers sees it: three widths, two languages, two themes.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { database } from "../support/environment.ts";
import type { DemoRole } from "../support/demo.ts";
import { expect, open, type Page, test } from "../support/test.ts";

/** Addresses as in app/src/routes.rs; those of details are found on the lists that lead to them. */
const PAGES: { name: string; who: DemoRole; path: string | ((page: Page) => Promise<string>) }[] = [
  { name: "today", who: "manager", path: "/today" },
  { name: "alerts", who: "manager", path: "/alerts" },
  { name: "forecast", who: "manager", path: "/forecast" },
  { name: "forecast-28", who: "analyst", path: "/forecast?days=28" },
  { name: "forecast-product", who: "manager", path: (page) => first(page, "/forecast", "a.product-link") },
  { name: "events", who: "manager", path: "/events" },
  { name: "promotions", who: "manager", path: "/promotions" },
  { name: "stock", who: "manager", path: "/stock" },
  { name: "stock-waste", who: "manager", path: "/stock/waste" },
  { name: "stock-opening", who: "analyst", path: "/stock/opening" },
  { name: "stock-projected", who: "manager", path: "/stock/projected" },
  { name: "stock-count", who: "manager", path: "/stock/count" },
  { name: "transfers", who: "manager", path: "/stock/transfers" },
  { name: "transfers-new", who: "manager", path: "/stock/transfers/new?way=send" },
  { name: "stock-product", who: "manager", path: (page) => first(page, "/stock", "td a") },
  { name: "kitchen", who: "kitchen", path: "/kitchen" },
  { name: "plan", who: "kitchen", path: "/plan" },
  { name: "plan-all", who: "kitchen", path: "/plan?all=1" },
  { name: "policies", who: "analyst", path: "/policies" },
  { name: "orders", who: "kitchen", path: "/orders" },
  { name: "orders-new", who: "kitchen", path: "/orders/new" },
  { name: "orders-standing", who: "kitchen", path: "/orders/standing" },
  { name: "orders-dispatch", who: "kitchen", path: "/orders/dispatch" },
  { name: "orders-mixes", who: "kitchen", path: "/orders/mixes" },
  { name: "orders-labels", who: "kitchen", path: "/orders/labels" },
  { name: "order", who: "kitchen", path: (page) => first(page, "/orders?status=completed", "td a") },
  { name: "recipes", who: "kitchen", path: "/recipes" },
  { name: "ingredients", who: "kitchen", path: "/ingredients" },
  { name: "ingredients-buy", who: "kitchen", path: "/ingredients/buy" },
  { name: "imports", who: "analyst", path: "/imports" },
  { name: "imports-new", who: "analyst", path: "/imports/new" },
  { name: "import", who: "analyst", path: (page) => first(page, "/imports", "td a") },
  { name: "jobs", who: "admin", path: "/admin/jobs" },
  { name: "users", who: "admin", path: "/admin/users" },
  { name: "account", who: "kitchen", path: "/account" },
  { name: "settings", who: "admin", path: "/settings" },
  { name: "sign-on-providers", who: "admin", path: "/settings/sign-on" },
  { name: "roles", who: "admin", path: "/roles" },
  { name: "tablets", who: "admin", path: "/tablets" },
  { name: "security", who: "manager", path: "/account/security" },
  { name: "stores", who: "admin", path: "/stores" },
  { name: "products", who: "admin", path: "/products" },
  { name: "alert-rules", who: "admin", path: "/alerts/rules" },
  { name: "alert-channels", who: "admin", path: "/alerts/channels" },
  { name: "keys", who: "admin", path: "/keys" },
  { name: "health", who: "admin", path: "/health" },
  { name: "audit", who: "admin", path: "/audit" },
  { name: "style-guide", who: "admin", path: "/style-guide" },
];

/** The routes of pages that are found by following a list. */
const DETAILS: Record<string, string> = {
  "forecast-product": "/forecast/:product",
  "stock-product": "/stock/:product",
  order: "/orders/:id",
  import: "/imports/:id",
};

async function first(page: Page, list: string, selector: string): Promise<string> {
  await open(page, list);
  const href = await page.locator(selector).first().getAttribute("href");
  if (!href) throw new Error(`${list} leads nowhere`);
  return href;
}

/** Routes without a page of their own above: the start leads on, and the door is looked at below. */
const ELSEWHERE = ["/", "/login", "/login/code", "/forgot", "/reset", "/invitation", "/sign-up", "/tablet"];

test("every route of the product is among the pages", () => {
  const routes = readFileSync(resolve(import.meta.dirname, "../../app/src/routes.rs"), "utf8");
  const known = PAGES.map(({ name, path }) => (typeof path === "string" ? path.split("?")[0] : DETAILS[name]));
  const missing = [...routes.matchAll(/path!\("([^"]+)"\)/g)].map((route) => route[1] ?? "").filter((route) => ![...known, ...ELSEWHERE].includes(route));
  expect(missing).toEqual([]);
});

// Looks are the same on either database: one set is enough, and that every page opens is checked on both.
const options = { pictures: database === "sqlite" };

for (const { name, who, path } of PAGES) {
  test(`${name} fits every width and speaks both languages in both themes`, async ({ as, capture }) => {
    test.setTimeout(120_000);
    const page = await as(who);
    await capture(name, page, typeof path === "string" ? path : await path(page), options);
  });
}

test("the door fits every width and speaks both languages in both themes", async ({ page, capture }) => {
  await capture("login", page, "/login", options);
});

// What a link that is good shows is looked at in people.spec.ts.
for (const [name, path] of [
  ["forgot", "/forgot"],
  ["reset-ended", "/reset?token=none"],
  ["invitation-ended", "/invitation?token=none"],
] as const) {
  test(`${name} fits every width and speaks both languages in both themes`, async ({ page, capture }) => {
    await capture(name, page, path, options);
  });
}

test("the way in for a bakery fits every width and speaks both languages in both themes", async ({ page, capture }) => {
  await capture("sign-up", page, "/sign-up?token=none&name=Horno", options);
});

test("the second step fits every width and speaks both languages in both themes", async ({ page, capture }) => {
  await capture("login-code", page, "/login/code", options);
});

test("a device that nobody registered says so at every width, in both languages and themes", async ({ page, capture }) => {
  await capture("tablet", page, "/tablet", options);
});

test("a wrong address is a page of its own, with the status that says so", async ({ as, capture, problems }) => {
  problems.expect(/404/);
  await capture("not-found", await as("manager"), "/no-such-page", options);
});

test("somebody else's page says so, with the status that says so", async ({ as, capture, problems }) => {
  problems.expect(/403/);
  const page = await as("manager");
  expect((await open(page, "/admin/users")).status()).toBe(403);
  await capture("forbidden", page, "/admin/users", options);
});
