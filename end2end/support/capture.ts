// Pictures of a page at every width, in both languages and both themes, and what can be checked on the way.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { checkAccessibility } from "./axe.ts";
import { screenshots } from "./environment.ts";
import { open } from "./open.ts";
import type { Language } from "./words.ts";

const WIDTHS = { 390: 844, 820: 1180, 1440: 900 } as const;
const LANGUAGES: Language[] = ["es", "en"];
const THEMES = ["light", "dark"] as const;
/** Of a long list the beginning is enough. */
const TALLEST = 2_800;

export type CaptureOptions = {
  /** Whether pictures are kept; without, the page is opened in one language and theme only. */
  pictures?: boolean;
};

/**
 * Opens a page with the sign-in of `page` in each language and theme and looks at it in every width: it must not be wider
 * than the window, speak the language that was asked for, and have no barrier in either theme.
 */
export async function captureMatrix(page: Page, url: string, name: string, { pictures = true }: CaptureOptions = {}): Promise<void> {
  await mkdir(screenshots, { recursive: true });
  await page.emulateMedia({ reducedMotion: "reduce" });
  for (const language of pictures ? LANGUAGES : LANGUAGES.slice(0, 1)) {
    for (const theme of pictures ? THEMES : THEMES.slice(0, 1)) {
      await page.context().addCookies(
        Object.entries({ hornada_language: language, hornada_theme: theme }).map(([cookie, value]) => ({
          name: cookie,
          value,
          url,
        })),
      );
      await open(page, url);
      const html = await page.evaluate(() => ({ language: document.documentElement.lang, theme: document.documentElement.dataset.theme }));
      if (html.language !== language || html.theme !== theme) {
        throw new Error(`${url} came in ${html.language} and ${html.theme}, asked for was ${language} and ${theme}`);
      }
      // One load serves all widths: pages lay themselves out by style alone.
      for (const [width, height] of Object.entries(WIDTHS)) {
        await page.setViewportSize({ width: Number(width), height });
        const content = await settled(page);
        if (content.width > Number(width)) throw new Error(`${page.url()} is ${content.width} pixels wide in a window of ${width} (${language}, ${theme})`);
        if (pictures) {
          const path = join(screenshots, `${name}-${width}-${language}-${theme}.png`);
          // A picture of a page draws all of it, a cut one too: of a list of hundreds of rows that takes half a minute.
          const isTall = content.height > TALLEST;
          if (isTall) {
            await page.setViewportSize({ width: Number(width), height: TALLEST });
            await settled(page);
          }
          await page.screenshot({ path, fullPage: !isTall, animations: "disabled" });
        }
      }
      // Barriers do not depend on the language; contrast depends on the theme.
      if (language === "es") await checkAccessibility(page);
    }
  }
}

/** Waits until fonts are there and two frames were drawn, so that charts know the new width; tells the content's size. */
async function settled(page: Page): Promise<{ width: number; height: number }> {
  return page.evaluate(async () => {
    await document.fonts.ready;
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    const { scrollWidth, scrollHeight } = document.documentElement;
    return { width: scrollWidth, height: scrollHeight };
  });
}
