import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "@playwright/test";
import type { AxeResults, ImpactValue } from "axe-core";

const script = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const GRAVE: ImpactValue[] = ["serious", "critical"];

/** Fails when axe-core finds something serious or critical on the page, or in the part named by a selector. */
export async function checkAccessibility(page: Page, options: { within?: string } = {}): Promise<void> {
  // Not as a script of the page: its policy lets none run that the server did not vouch for.
  await page.evaluate(script);
  const results = await page.evaluate(async (within) => {
    const { axe } = globalThis as unknown as { axe: { run(context: string | Document): Promise<AxeResults> } };
    return axe.run(within ?? document);
  }, options.within);
  const grave = results.violations.filter((violation) => violation.impact && GRAVE.includes(violation.impact));
  if (grave.length > 0) {
    const lines = grave.map(
      (violation) => `${violation.impact}: ${violation.id} (${violation.help})\n    ${violation.nodes.map((node) => node.html).join("\n    ")}`,
    );
    throw new Error(`axe found barriers on ${page.url()}:\n${lines.join("\n")}`);
  }
}
