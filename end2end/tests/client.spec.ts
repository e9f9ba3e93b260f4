// A client that is generated from the description of the API works, and the page that shows the description does too.
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { copyFile, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { logs, root } from "../support/environment.ts";
import { bench } from "../support/offline.ts";
import { expect, test } from "../support/test.ts";

const execute = promisify(execFile);

/** Of client/round-trip.ts, which knows the API by generated types alone and is no part of what is checked with the specs. */
type Client = {
  roundTrip(
    url: string,
    cookie: string,
    wanted: { command: string; store: string; product: string; date: string; quantity: number },
  ): Promise<{ before: string[]; made: string[]; after: string[]; refused: number | undefined }>;
};

/** Runs a program of the packages with node; fails with what it said. */
async function run(program: string, ...args: string[]): Promise<void> {
  try {
    await execute(process.execPath, [join(root, "end2end/node_modules", program), ...args], { cwd: join(root, "end2end") });
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} failed\n${stdout}\n${stderr}`, { cause: error });
  }
}

test("a client generated from the description plans a batch and reads it", async ({ as, demo }) => {
  test.setTimeout(180_000);
  await mkdir(logs, { recursive: true });
  // Within this folder, so that the packages are found.
  const folder = await mkdtemp(join(logs, "client-"));
  const document = join(folder, "openapi.json");
  await writeFile(document, await (await fetch(`${demo.url}/api/v1/openapi.json`)).text());
  await run("openapi-typescript/bin/cli.js", document, "--output", join(folder, "api.d.ts"));
  await copyFile(join(root, "end2end/client/round-trip.ts"), join(folder, "round-trip.ts"));
  const compilerOptions = {
    target: "es2022",
    module: "nodenext",
    moduleResolution: "nodenext",
    lib: ["es2023", "dom"],
    types: ["node"],
    strict: true,
    skipLibCheck: true,
    noEmitOnError: true,
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["round-trip.ts"] }));
  await run("typescript/bin/tsc", "--project", folder, "--pretty", "false");

  const page = await as("kitchen");
  const { store, product, date } = await bench(page, "Barra de pan");
  const cookies = await page.context().cookies();
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
  const { roundTrip } = (await import(pathToFileURL(join(folder, "round-trip.js")).href)) as Client;
  const wanted = { command: randomUUID(), store, product, date, quantity: 24 };
  const { before, made, after, refused } = await roundTrip(demo.url, cookie, wanted);
  const [order, again] = made;
  expect(again).toBe(order);
  expect(before).not.toContain(order);
  expect(after.filter((id) => id === order)).toHaveLength(1);
  expect(refused).toBe(422);
});

test("the description can be read without anything from elsewhere", async ({ page, bakery }) => {
  const foreign: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(bakery.url) && !request.url().startsWith("data:")) foreign.push(request.url());
  });
  const refusals: string[] = [];
  page.on("console", (message) => {
    if (/Content Security Policy/i.test(message.text())) refusals.push(message.text());
  });
  await page.goto(`${bakery.url}/docs`);
  await expect(page.getByRole("link", { name: "/api/v1/alerts", exact: true })).toBeVisible();
  expect(foreign).toEqual([]);
  expect(refusals).toEqual([]);
});
