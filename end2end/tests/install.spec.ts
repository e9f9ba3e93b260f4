// The program on a tablet's home screen: what a browser needs to install it, and what it says when a newer one is there.
import { batch } from "../support/baking.ts";
import { DEMO } from "../support/demo.ts";
import { bench, isKept, marks, planned, queued, sent, TABLET, waits } from "../support/offline.ts";
import { speaker } from "../support/people.ts";
import { Release } from "../support/release.ts";
import { alive, expect, open, test } from "../support/test.ts";
import { written } from "../support/words.ts";

const diga = speaker(DEMO.kitchen);

type Icon = { src: string; sizes: string; type: string; purpose?: string };
type Manifest = {
  name: string;
  short_name: string;
  start_url: string;
  scope: string;
  display: string;
  theme_color: string;
  icons: Icon[];
  shortcuts: { name: string; url: string }[];
};

/** Width and height of a PNG, from its head. */
function size(image: Buffer): string {
  expect(image.subarray(1, 4).toString("latin1")).toBe("PNG");
  return `${image.readUInt32BE(16)}x${image.readUInt32BE(20)}`;
}

test("the program can be installed: its manifest names icons that are there, as large as it says", async ({ page }) => {
  await open(page, "/login");
  const href = await page.locator("link[rel=manifest]").getAttribute("href");
  const answer = await page.request.get(href ?? "");
  expect(answer.ok()).toBe(true);
  expect(answer.headers()["content-type"]).toMatch(/^application\/(manifest\+)?json/);
  const manifest = (await answer.json()) as Manifest;
  expect(manifest.name).toBe("Hornada");
  // Longer ones are cut under the icon.
  expect(manifest.short_name.length).toBeLessThanOrEqual(12);
  expect(["standalone", "fullscreen", "minimal-ui"]).toContain(manifest.display);
  expect(manifest.theme_color).toBe(await page.locator("meta[name=theme-color]").getAttribute("content"));

  const address = (path: string) => new URL(path, answer.url());
  const scope = address(manifest.scope);
  expect(scope.origin).toBe(new URL(page.url()).origin);
  for (const path of [manifest.start_url, ...manifest.shortcuts.map(({ url }) => url)]) {
    expect(address(path).href.startsWith(scope.href), path).toBe(true);
    // To a stranger the page is a door.
    expect([200, 401], path).toContain((await page.request.get(path)).status());
  }

  for (const icon of manifest.icons) {
    const image = await page.request.get(icon.src);
    expect(image.ok(), icon.src).toBe(true);
    expect(image.headers()["content-type"], icon.src).toBe(icon.type);
    if (icon.type === "image/png") expect(size(await image.body()), icon.src).toBe(icon.sizes);
    else expect(icon.sizes, icon.src).toBe("any");
  }
  // What browsers ask for before they offer to install, and what tablets cut to their own shape.
  const pictures = manifest.icons.filter(({ type }) => type === "image/png");
  for (const purpose of [undefined, "maskable"]) {
    const sizes = pictures.filter((icon) => icon.purpose === purpose).map((icon) => icon.sizes);
    expect(sizes.sort()).toEqual(["192x192", "512x512"]);
  }
  const apple = await page.locator("link[rel=apple-touch-icon]").getAttribute("href");
  expect(size(await (await page.request.get(apple ?? "")).body())).toBe("192x192");
});

test("a newer version says so on an open board, and loading it loses nothing that waits", async ({ as, demo, problems }) => {
  test.setTimeout(120_000);
  // The connection of live events ends with the server that it came from.
  problems.expect(/ERR_FAILED|start_order|ERR_INCOMPLETE/);
  const release = await Release.before(demo.url);
  const page = await as("kitchen", { ...TABLET, baseURL: release.url });
  const at = await bench(page);
  await planned(page, at, [276]);
  await open(page, "/kitchen");
  await isKept(page, "/kitchen");
  const card = (status: "pending" | "in_progress", quantity: number) => batch(page, status, at.name, at.shop, written("es", quantity));
  await page.route("**/api/start_order", (route) => route.abort());
  await card("pending", 276).getByRole("button", { name: diga("kitchen.start"), exact: true }).click();
  await expect(marks(page)).toHaveText(waits(1));
  const waiting = await queued(page);
  const notice = page.locator(".update-notice").filter({ hasText: diga("queue.update") });
  await expect(notice).toHaveCount(0);

  release.publish("a-later-one");
  // Another screen plans a batch: with it the board hears from the newer server.
  await planned(await as("kitchen"), at, [277]);
  await expect(card("pending", 277)).toBeVisible();
  await expect(notice).toBeVisible({ timeout: 30_000 });
  // Nobody's page is loaded anew under their hands.
  await expect(page.locator("html")).not.toHaveAttribute("data-build", "a-later-one");
  await expect(card("in_progress", 276)).toBeVisible();

  await notice.getByRole("button", { name: diga("common.load_again"), exact: true }).click();
  await expect(page.locator("html")).toHaveAttribute("data-build", "a-later-one");
  await alive(page);
  await expect(notice).toHaveCount(0);
  await expect(marks(page)).toHaveText(waits(1));
  expect(await queued(page)).toEqual(waiting);
  await expect(card("in_progress", 276).getByText(diga("kitchen.waiting"))).toBeVisible();

  const arrived = sent(page);
  await page.unroute("**/api/start_order");
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await expect(marks(page)).toHaveCount(0, { timeout: 30_000 });
  expect([...new Set(arrived)]).toEqual(waiting.map(({ command_id }) => command_id));
  await expect(card("in_progress", 276)).toHaveCount(1);
  expect(await queued(page)).toEqual([]);
  await release.end();
});
