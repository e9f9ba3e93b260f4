import { defineConfig } from "@playwright/test";
import { browserPath, database } from "./support/environment.ts";

// `cargo xtask test` says which server is tried, and sets the environment (see support/environment.ts).
export default defineConfig({
  testDir: "tests",
  // Each database keeps its own: the second run would clear away what the first one found.
  outputDir: `test-results/${database}`,
  // One browser and one server at a time: the server trains and serves on the same few cores.
  workers: 1,
  fullyParallel: false,
  retries: 0,
  forbidOnly: !!process.env.CI,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [["list"]],
  projects: [{ name: database }],
  use: {
    locale: "en-GB",
    timezoneId: "Europe/Madrid",
    colorScheme: "light",
    viewport: { width: 1440, height: 900 },
    // What a service worker fetches for its device no page's route can hold up; tests/offline.spec.ts lets it in.
    serviceWorkers: "block",
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: browserPath,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
