// The product's own words, from its locale files, so that no test repeats them.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

export type Language = "es" | "en";

const folder = resolve(import.meta.dirname, "../../app/locales");
const files = new Map<string, Record<string, string>>();

function raw(language: Language, key: string): string {
  const [file = "", name = ""] = key.split(".");
  const path = join(folder, language, `${file}.json`);
  const known = files.get(path) ?? (JSON.parse(readFileSync(path, "utf8")) as Record<string, string>);
  files.set(path, known);
  const text = known[name];
  if (text === undefined) throw new Error(`${path} has no ${name}`);
  return text;
}

const PLACE = /\{\{\s*(\w+)\s*\}\}/g;

/** A text as the product writes it; every place in it must be filled. */
export function words(language: Language, key: string, fill: Record<string, string | number> = {}): string {
  return raw(language, key).replace(PLACE, (_, name: string) => {
    const value = fill[name];
    if (value === undefined) throw new Error(`${key} needs ${name}`);
    return String(value);
  });
}

/** The same as a pattern over a whole text: a place that is not filled may hold anything. */
export function pattern(language: Language, key: string, fill: Record<string, string | number> = {}): RegExp {
  const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  let source = "";
  let from = 0;
  const text = raw(language, key);
  for (const place of text.matchAll(PLACE)) {
    const value = fill[place[1] ?? ""];
    source += escape(text.slice(from, place.index)) + (value === undefined ? ".+" : escape(String(value)));
    from = place.index + place[0].length;
  }
  return new RegExp(`^\\s*${source}${escape(text.slice(from))}\\s*$`);
}

/** A whole number as the product writes it in a language. */
export function written(language: Language, value: number): string {
  const digits = String(Math.abs(value)).replace(/\B(?=(\d{3})+$)/g, language === "es" ? "." : ",");
  return value < 0 ? `\u2212${digits}` : digits;
}

/** The whole number in a text as the product writes it. */
export function read(text: string): number {
  const match = /([\u2212-]?)(\d[\d.,]*)/.exec(text);
  if (!match) throw new Error(`no number in ${JSON.stringify(text)}`);
  const value = Number((match[2] ?? "").replace(/[.,]/g, ""));
  return match[1] ? -value : value;
}
