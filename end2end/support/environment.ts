// What `cargo xtask test` tells the specs. For a single run by hand build with `cargo xtask build` and start
// `npx playwright test` in this folder: the defaults below fit a checkout with its target folder in place.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

/** The checkout. */
export const root = resolve(import.meta.dirname, "../..");

/** The server that is tried. */
export const binary = process.env.E2E_BINARY ?? join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "release/hornada");

/** The folder with the browser bundle. */
export const site = process.env.E2E_SITE ?? join(root, "site");

/** Real sales data beside the checkout; specs that need it skip where it is absent. */
export const shared = process.env.E2E_SHARED ?? resolve(root, "../shared");

/** The program that brings published data sets into the import template: xtask, already built. */
export const converter = process.env.E2E_XTASK;

/** The browser, an installed Chromium. */
export const browserPath =
  process.env.E2E_CHROMIUM ??
  ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => existsSync(path));

/** Which database the server runs on. */
export const database: "sqlite" | "postgres" = process.env.E2E_DATABASE === "postgres" ? "postgres" : "sqlite";

/** Maintenance database of a PostgreSQL where the specs may make databases of their own. */
export const postgresUrl = process.env.E2E_POSTGRES;

/** Where screenshots go. */
export const screenshots = join(root, "end2end/screenshots", database);

/** Where the servers' logs go. */
export const logs = join(root, "end2end/test-results", database);
