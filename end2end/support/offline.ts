// Tablets that lose their network: what the device keeps, and batches made behind its back.
import { randomUUID } from "node:crypto";
import type { Locator, Page } from "@playwright/test";
import { open } from "./open.ts";

/** A tablet on the bench, with the service worker that the other specs do without. */
export const TABLET = { viewport: { width: 820, height: 1180 }, serviceWorkers: "allow" } as const;

export type Place = { store: string; shop: string; product: string; name: string; date: string };

/** The first product and shop that batches can be planned for, and the day of the board. */
export async function bench(page: Page): Promise<Place> {
  await open(page, "/orders/new");
  const option = page.locator("select[name=product] option").nth(1);
  const chosen = page.locator("select[name=store] option:checked");
  const [product, name, store, shop] = [await option.getAttribute("value"), await option.innerText(), await chosen.getAttribute("value"), await chosen.innerText()];
  await open(page, "/kitchen");
  const after = await page.locator(".kitchen-days a").last().getAttribute("href");
  const tomorrow = new Date(`${new URL(after ?? "", page.url()).searchParams.get("date")}T12:00:00Z`);
  tomorrow.setUTCDate(tomorrow.getUTCDate() - 1);
  if (!product || !store) throw new Error("there is nothing to bake");
  return { store, shop: shop.trim(), product, name: name.trim(), date: tomorrow.toISOString().slice(0, 10) };
}

/** Calls a server function as another device of the same person would; fails unless it is answered well. */
export async function command(page: Page, name: string, content: Record<string, unknown>): Promise<void> {
  const answer = await page.request.post(`/api/${name}`, { data: { command: { command_id: randomUUID(), ...content } } });
  if (!answer.ok()) throw new Error(`${name}: ${answer.status()} ${await answer.text()}`);
}

/** Plans batches, one for each quantity. */
export async function planned(page: Page, at: Place, quantities: number[]): Promise<void> {
  for (const quantity of quantities) {
    await command(page, "create_order", { store_id: at.store, product_id: at.product, production_date: at.date, planned_quantity: quantity });
  }
}

type Kept = { what: string; command_id: string; order_id?: string };

/** The commands in the device's database, in their order. */
export async function queued(page: Page): Promise<Kept[]> {
  return page.evaluate(
    () =>
      new Promise<Kept[]>((done, fail) => {
        const opening = indexedDB.open("hornada");
        opening.onerror = () => fail(new Error("no database"));
        opening.onsuccess = () => {
          const asked = opening.result.transaction("commands").objectStore("commands").getAll();
          asked.onsuccess = () => {
            opening.result.close();
            done(
              asked.result.map((row: { entry: string }) => {
                const [[what, command]] = Object.entries(JSON.parse(row.entry).command) as [[string, Omit<Kept, "what">]];
                return { what, ...command };
              }),
            );
          };
        };
      }),
  );
}

/** Waits until the device holds a page, so that it opens without a network. */
export async function isKept(page: Page, path: string): Promise<void> {
  await page.waitForFunction(async (path) => {
    if (!navigator.serviceWorker.controller) return false;
    const address = new URL(path, location.origin).href;
    for (const name of await caches.keys()) {
      if (name.startsWith("hornada-data-") && (await (await caches.open(name)).match(address))) return true;
    }
    return false;
  }, path);
}

/** Every command that the pages of a browser send, in order, by its id. */
export function sent(...pages: Page[]): string[] {
  const ids: string[] = [];
  for (const page of pages) {
    page.on("request", (request) => {
      if (!/\/api\/(start_order|complete_order|recall_order|remove_stock|post_count)$/.test(new URL(request.url()).pathname)) return;
      ids.push((request.postDataJSON() as { command: Kept }).command.command_id);
    });
  }
  return ids;
}

/** The mark of the page's own head, or of the frame. */
export function marks(page: Page): Locator {
  return page.locator(page.url().includes("/kitchen") ? ".kitchen .offline-mark" : ".rail .offline-mark");
}
