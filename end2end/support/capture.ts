import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, BrowserContext } from "@playwright/test";
import { screenshots } from "./environment.ts";
import { open } from "./open.ts";
import { Problems } from "./problems.ts";

const WIDTHS = { 390: 844, 820: 1180, 1440: 900 } as const;
const LANGUAGES = { es: "es-ES", en: "en-GB" } as const;
const THEMES = ["light", "dark"] as const;

/** Opens a page at every width, language and theme with the sign-in of `context`, and keeps a picture of each. */
export async function captureMatrix(browser: Browser, context: BrowserContext, url: string, name: string): Promise<void> {
  await mkdir(screenshots, { recursive: true });
  const state = await context.storageState();
  // The sign-in goes along, a language that was chosen before does not.
  state.cookies = state.cookies.filter((cookie) => !/locale|i18n|theme/i.test(cookie.name));
  for (const [language, locale] of Object.entries(LANGUAGES)) {
    for (const theme of THEMES) {
      const fresh = await browser.newContext({ storageState: state, locale, colorScheme: theme, reducedMotion: "reduce" });
      const problems = new Problems();
      problems.watch(fresh);
      try {
        const page = await fresh.newPage();
        for (const [width, height] of Object.entries(WIDTHS)) {
          await page.setViewportSize({ width: Number(width), height });
          await open(page, url);
          await page.evaluate(() => document.fonts.ready);
          noSidewaysScroll(page.url(), Number(width), await page.evaluate(() => document.documentElement.scrollWidth));
          await page.screenshot({ path: join(screenshots, `${name}-${width}-${language}-${theme}.png`), fullPage: true, animations: "disabled" });
        }
      } finally {
        await fresh.close();
      }
      problems.check();
    }
  }
}

function noSidewaysScroll(url: string, width: number, content: number): void {
  if (content > width) throw new Error(`${url} is ${content} pixels wide in a window of ${width}`);
}
