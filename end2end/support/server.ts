// Starts the real server on a data folder of its own, on either database, and ends it with nothing left behind.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { copyFile, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";
import { binary, database, logs, postgresUrl, site } from "./environment.ts";

const execute = promisify(execFile);

/** How long a start may take, migrations included. */
const START_MS = 60_000;
/** How long the server may take to finish what it is doing when it is asked to stop. */
const STOP_MS = 20_000;

async function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once("error", fail);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => (address && typeof address === "object" ? done(address.port) : fail(new Error("no port"))));
    });
  });
}

async function sql(statement: string): Promise<void> {
  if (!postgresUrl) throw new Error("E2E_POSTGRES is not set");
  const client = new Client({ connectionString: postgresUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** A data folder and, on PostgreSQL, a database; commands of `hornada` run on it and a server serves it. */
export class Bakery {
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly #databaseName: string | undefined;
  #server: ChildProcess | undefined;
  #worker: ChildProcess | undefined;
  #url: string | undefined;

  private constructor(folder: string, databaseName: string | undefined) {
    this.folder = folder;
    this.#databaseName = databaseName;
    this.environment = {
      ...process.env,
      LEPTOS_OUTPUT_NAME: "hornada",
      LEPTOS_SITE_ROOT: site,
      LEPTOS_SITE_PKG_DIR: "pkg",
      // Colours would hide words in the log.
      NO_COLOR: "1",
    };
    // The server takes its options from HORNADA_* too; those of whoever runs the tests are not meant for it.
    for (const name of Object.keys(this.environment)) {
      if (name === "DATABASE_URL" || name.startsWith("HORNADA_")) delete this.environment[name];
    }
    if (databaseName && postgresUrl) {
      const url = new URL(postgresUrl);
      url.pathname = `/${databaseName}`;
      this.environment.DATABASE_URL = url.toString();
    }
  }

  /** An empty one. */
  static async create(): Promise<Bakery> {
    const folder = await mkdtemp(join(tmpdir(), "hornada-end2end-"));
    if (database === "sqlite") return new Bakery(folder, undefined);
    const name = `end2end_${randomBytes(6).toString("hex")}`;
    await sql(`create database ${name}`);
    return new Bakery(folder, name);
  }

  /** Address of the server. */
  get url(): string {
    if (!this.#url) throw new Error("the server does not run");
    return this.#url;
  }

  /** File with everything that the server wrote. */
  get log(): string {
    return join(this.folder, "server.log");
  }

  /** Runs `hornada ...ARGS --data FOLDER` to its end and returns its standard output; fails with what it said. */
  async command(...args: string[]): Promise<string> {
    return this.commandWith({}, ...args);
  }

  /** The same with further environment variables, such as HORNADA_PASSWORD. */
  async commandWith(variables: Record<string, string>, ...args: string[]): Promise<string> {
    try {
      const { stdout } = await execute(binary, [...args, "--data", this.folder], {
        env: { ...this.environment, ...variables },
        maxBuffer: 64 * 1024 * 1024,
      });
      return stdout;
    } catch (error) {
      const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
      throw new Error(`hornada ${args.join(" ")} failed\n${stdout}\n${stderr}`, { cause: error });
    }
  }

  #start(...args: string[]): ChildProcess {
    const log = createWriteStream(this.log, { flags: "a" });
    const child = spawn(binary, [...args, "--data", this.folder], { env: this.environment, stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    return child;
  }

  /** Starts the server and waits until it says that it is ready. Without `jobs` nights wait for `work`. */
  async serve({ jobs = true }: { jobs?: boolean } = {}): Promise<void> {
    if (this.#server) throw new Error("the server runs already");
    const listen = `127.0.0.1:${await freePort()}`;
    const server = this.#start("serve", "--listen", listen, "--site-root", site, "--jobs", String(jobs));
    this.#server = server;
    this.#url = `http://${listen}`;
    const ended = new Promise<never>((_, fail) => {
      server.once("error", fail);
      server.once("exit", (code, signal) => fail(new Error(`the server ended early (${code ?? signal})`)));
    });
    ended.catch(() => undefined);
    try {
      await Promise.race([this.#ready(), ended]);
    } catch (error) {
      await this.stop().catch(() => undefined);
      throw new Error(`${String(error)}\n${await this.#logEnd()}`, { cause: error });
    }
  }

  async #ready(): Promise<void> {
    const deadline = Date.now() + START_MS;
    for (;;) {
      const answer = await fetch(`${this.url}/api/v1/health`).catch(() => undefined);
      if (answer?.ok) return;
      if (Date.now() > deadline) throw new Error(`the server was not ready after ${START_MS / 1000} s`);
      await new Promise((next) => setTimeout(next, 100));
    }
  }

  async #logEnd(): Promise<string> {
    const text = await readFile(this.log, "utf8").catch(() => "");
    return text.split("\n").slice(-40).join("\n");
  }

  /** Starts the jobs in a process of their own, beside a server without them. */
  work(): void {
    if (this.#worker) throw new Error("the worker runs already");
    this.#worker = this.#start("worker");
  }

  /** Asks the worker to stop and waits for it. */
  async stopWork(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await this.#end("worker", worker);
  }

  /** Asks server and worker to stop and waits for them; that they stop without an error is part of what is tested. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.#url = undefined;
    try {
      await this.stopWork();
    } finally {
      await this.#end("server", server);
    }
  }

  async #end(name: string, child: ChildProcess | undefined): Promise<void> {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<number | null>((done) => child.once("exit", (code) => done(code)));
    child.kill("SIGTERM");
    const overdue = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    const code = await ended;
    clearTimeout(overdue);
    if (code !== 0) throw new Error(`the ${name} did not stop cleanly (${code})\n${await this.#logEnd()}`);
  }

  /** Stops the server and removes folder and database; what they wrote is kept beside the reports. */
  async remove(): Promise<void> {
    try {
      await this.stop();
    } finally {
      await mkdir(logs, { recursive: true });
      await copyFile(this.log, join(logs, `${basename(this.folder)}.log`)).catch(() => undefined);
      await rm(this.folder, { recursive: true, force: true });
      if (this.#databaseName) await sql(`drop database if exists ${this.#databaseName} with (force)`);
    }
  }
}
