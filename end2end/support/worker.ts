// The service worker's script with a browser made of maps around it, for what depends on the order in which answers come.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createContext, runInContext } from "node:vm";
import { root } from "./environment.ts";

const ORIGIN = "https://hornada.test";

type Answers = (request: Request) => Promise<Response>;
type Handler = (event: unknown) => void;

/** A cache: requests and what was answered. */
class Shelf {
  readonly held = new Map<string, Response>();

  async match(key: string): Promise<Response | undefined> {
    return this.held.get(new URL(key, ORIGIN).href)?.clone();
  }

  async put(key: string, answer: Response): Promise<void> {
    this.held.set(new URL(key, ORIGIN).href, answer);
  }

  async keys(): Promise<{ url: string }[]> {
    return [...this.held.keys()].map((url) => ({ url }));
  }

  async addAll(): Promise<void> {}
}

/** What the worker of a version does, on the caches of a device. `answers` is the network. */
export class Worker {
  readonly #handlers = new Map<string, Handler>();
  readonly #shelves: Map<string, Shelf>;
  readonly told: unknown[] = [];
  answers: Answers;

  constructor(version: string, shelves: Map<string, Shelf>, answers: Answers) {
    this.#shelves = shelves;
    this.answers = answers;
    const client = { postMessage: (message: unknown) => this.told.push(message) };
    const globals = {
      addEventListener: (name: string, handler: Handler) => this.#handlers.set(name, handler),
      caches: {
        keys: async () => [...shelves.keys()],
        delete: async (name: string) => shelves.delete(name),
        open: async (name: string) => {
          const shelf = shelves.get(name) ?? new Shelf();
          shelves.set(name, shelf);
          return shelf;
        },
      },
      clients: { get: async () => client, claim: async () => undefined, matchAll: async () => [client] },
      fetch: async (asked: Request | URL, init?: RequestInit) => this.answers(asked instanceof Request ? asked : new Request(asked, init)),
      location: { origin: ORIGIN },
      registration: { update: async () => undefined },
      skipWaiting: async () => undefined,
      // The worker's patience is the test's own.
      setTimeout: (act: () => void, wait: number) => setTimeout(act, wait / 100),
      URL,
      Request,
      Response,
      Headers,
      TextDecoder,
    };
    const script = readFileSync(join(root, "frontend/worker.js"), "utf8").replace('const VERSION = "0";', `const VERSION = "${version}";`);
    runInContext(script, createContext(globals));
  }

  /** Lets an event happen; what the page gets, and a promise that ends when the worker has nothing left to do. */
  happen(name: string, fields: Record<string, unknown> = {}): { answer: Promise<Response> | undefined; done: Promise<void> } {
    const rest: Promise<unknown>[] = [];
    let answer: Promise<Response> | undefined;
    this.#handlers.get(name)?.({
      ...fields,
      clientId: "page",
      resultingClientId: "page",
      waitUntil: (work: Promise<unknown>) => rest.push(work),
      respondWith: (work: Promise<Response>) => {
        answer = work;
        rest.push(work);
      },
    });
    const done = async () => {
      for (let seen = 0; seen < rest.length; seen += 1) await Promise.resolve(rest[seen]).catch(() => undefined);
    };
    return { answer, done: done() };
  }

  /** A page asks for data, or for the door. */
  post(path: string, body = ""): { answer: Promise<Response> | undefined; done: Promise<void> } {
    return this.happen("fetch", { request: new Request(ORIGIN + path, { method: "POST", body }) });
  }

  /** Names of the caches with something of a person in them. */
  kept(): string[] {
    return [...this.#shelves].filter(([name, shelf]) => name.startsWith("hornada-data-") && shelf.held.size > 0).map(([name]) => name);
  }
}

export const device = (): Map<string, Shelf> => new Map<string, Shelf>();

/** An answer of a version's server to a person. */
export function said(version: string, person: string, status = 200): Response {
  return new Response("what stands", { status, headers: { "x-hornada-build": version, "x-hornada-person": person } });
}

/** An answer that comes when the test says so. */
export function later(): { answer: Promise<Response>; come: (answer: Response) => void } {
  let come: (answer: Response) => void = () => undefined;
  const answer = new Promise<Response>((done) => {
    come = done;
  });
  return { answer, come };
}
