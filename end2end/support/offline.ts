// Tablets that lose their network: what the device keeps, and batches made behind its back.
import { randomUUID } from "node:crypto";
import { connect, createServer, type Server, type Socket } from "node:net";
import { expect, type Locator, type Page } from "@playwright/test";
import { open } from "./open.ts";
import { pattern } from "./words.ts";

/** A tablet on the bench, with the service worker that the other specs do without. */
export const TABLET = { viewport: { width: 820, height: 1180 }, serviceWorkers: "allow" } as const;

/** The line between a tablet and its server, which can be cut. The browser's own switch does not reach a service worker. */
export class Line {
  readonly #port: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #own = 0;

  private constructor(address: string) {
    this.#port = Number(new URL(address).port);
  }

  static async to(address: string): Promise<Line> {
    const line = new Line(address);
    await line.mend();
    return line;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#own}`;
  }

  async mend(): Promise<void> {
    const server = createServer((near) => {
      const far = connect(this.#port, "127.0.0.1");
      for (const [one, other] of [[near, far], [far, near]] as const) {
        this.#sockets.add(one);
        one.on("error", () => other.destroy());
        one.on("close", () => {
          this.#sockets.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    });
    await new Promise<void>((done) => server.listen(this.#own, "127.0.0.1", done));
    const address = server.address();
    if (!address || typeof address === "string") throw new Error("no port");
    this.#own = address.port;
    this.#server = server;
  }

  async cut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = new Promise((done) => (server ? server.close(done) : done(undefined)));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

/** What the mark says of so many changes that wait, whether or not the browser knows that it has no network. */
export function waits(count: number): RegExp {
  return new RegExp(`${pattern("es", "common.pending", { count }).source}|${pattern("es", "common.offline_pending", { count }).source}`);
}

export type Place = { store: string; shop: string; product: string; name: string; date: string };

/** A product (the first, unless one is named) and the first shop that batches can be planned for, and the day of the board. */
export async function bench(page: Page, wanted?: string): Promise<Place> {
  await open(page, "/orders/new");
  const options = page.locator("select[name=product] option");
  const option = wanted === undefined ? options.nth(1) : options.filter({ hasText: wanted }).first();
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

/** Waits until the device holds a page, so that it opens without a network; where something stands in it, as it is with that. */
export async function isKept(page: Page, path: string, within = ""): Promise<void> {
  // Not `waitForFunction`: to that, the promise of an answer is an answer.
  const holds = () =>
    page.evaluate(
      async ({ path, within }) => {
        if (!navigator.serviceWorker.controller) return false;
        const address = new URL(path, location.origin).href;
        for (const name of await caches.keys()) {
          const kept = name.startsWith("hornada-data-") ? await (await caches.open(name)).match(address) : undefined;
          if ((await kept?.text())?.includes(within)) return true;
        }
        return false;
      },
      { path, within },
    );
  await expect.poll(holds, { timeout: 30_000 }).toBe(true);
}

const COMMANDS = /\/api\/((start|complete|recall|cancel)_order|(accept|dismiss)_suggestion|remove_stock|post_count)$/;

/** Every command that the pages of a browser send, in order, by its id. */
export function sent(...pages: Page[]): string[] {
  const ids: string[] = [];
  for (const page of pages) {
    page.on("request", (request) => {
      if (!COMMANDS.test(new URL(request.url()).pathname)) return;
      ids.push((request.postDataJSON() as { command: Kept }).command.command_id);
    });
  }
  return ids;
}

/** What the frame's head says of the network and of what waits. */
export function marks(page: Page): Locator {
  return page.locator(".rail .offline-mark");
}
