// Real sales: 35 shops of a bakery chain, brought into the import template by `cargo xtask convert ddop`.
//
// Their dates lie years back, and the night by the button is always last night's. So all dates are moved by whole weeks:
// weekdays stay weekdays, and the last day of the history becomes yesterday.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { converter, shared } from "./environment.ts";

const execute = promisify(execFile);

const input = join(shared, "data/ddop_bakery");

/** Why there are no real sales here; undefined where there are. That nothing can convert them is no reason to skip. */
export function realSalesMissing(): string | undefined {
  if (!existsSync(join(input, "sales.csv.gz"))) return `no real sales: ${input} is not there`;
  if (!converter || !existsSync(converter)) throw new Error(`no converter: E2E_XTASK=${converter ?? ""} is not there (cargo xtask test sets it)`);
  return undefined;
}

/** Days of an ordinary spring week: every shop trades on its days, on the day after, and a week before that. */
const LAST_DAYS = ["2019-04-03", "2019-04-04", "2019-04-05", "2019-04-06", "2019-04-07", "2019-04-08", "2019-04-09"];
/** Enough for the night to hold out three windows of four weeks and still learn. */
const HISTORY_DAYS = 240;
const DAY_MS = 86_400_000;

const utc = (date: string) => Date.parse(`${date}T00:00:00Z`);
const iso = (at: number) => new Date(at).toISOString().slice(0, 10);

/** The date so many days later. */
export function laterBy(date: string, days: number): string {
  return iso(utc(date) + days * DAY_MS);
}

/**
 * Two clocks exactly a day apart, neither of them near midnight now: while head office still has `today`, that day is
 * over in the shops. So a test need not wait a day for the day's sales.
 */
export function clocks(now: Date): { office: string; shops: string; today: string } {
  const hour = now.getUTCHours();
  const behind = hour === 11 || hour === 12 ? 10 : 12;
  return {
    office: `Etc/GMT+${behind}`,
    shops: `Etc/GMT-${24 - behind}`,
    today: iso(now.getTime() - behind * 3_600_000),
  };
}

type Chain = { organization: { time_zone: string }; stores: { code: string; name: string; time_zone: string }[] };

export type RealSales = {
  catalog: string;
  stores: { code: string; name: string }[];
  /** Tickets until yesterday, and how many lines they have. */
  history: string;
  historyLines: number;
  historyDays: number;
  /** Tickets of the day after. */
  nextDay: string;
  nextDayLines: number;
  /** Pieces sold on the day after, by shop and product. */
  sold: Map<string, number>;
  /** Shops that traded on the history's last day. */
  lastDay: Set<string>;
};

/** Writes catalog, history until the day before `today`, and the sales of `today`, into `folder`. */
export async function realSales(folder: string, times: { office: string; shops: string; today: string }): Promise<RealSales> {
  const yesterday = laterBy(times.today, -1);
  const last = LAST_DAYS.find((day) => (utc(yesterday) - utc(day)) % (7 * DAY_MS) === 0);
  if (!last) throw new Error("seven days, and none of them has yesterday's weekday");
  const shift = (utc(yesterday) - utc(last)) / DAY_MS;
  const path = (name: string) => join(folder, name);
  const convert = (...args: string[]) => execute(converter ?? "", ["convert", "ddop", "--input", input, ...args]);
  const first = laterBy(last, 1 - HISTORY_DAYS);
  const next = laterBy(last, 1);
  await convert("--catalog", path("catalog.json"), "--out", path("history.csv"), "--from", first, "--to", last);
  await convert("--out", path("next-day.csv"), "--from", next, "--to", next);

  const moved = (text: string) => text.replace(/\b\d{4}-\d{2}-\d{2}\b|\b\d{4}-\d{2}-\d{2}(?=T)/g, (date) => laterBy(date, shift));
  const chain = JSON.parse(moved(await readFile(path("catalog.json"), "utf8"))) as Chain;
  chain.organization.time_zone = times.office;
  for (const store of chain.stores) store.time_zone = times.shops;
  await writeFile(path("catalog.json"), JSON.stringify(chain));
  const history = moved(await readFile(path("history.csv"), "utf8"));
  const nextDay = moved(await readFile(path("next-day.csv"), "utf8"));
  await writeFile(path("history.csv"), history);
  await writeFile(path("next-day.csv"), nextDay);

  const sold = new Map<string, number>();
  const rows = nextDay.trimEnd().split("\n").slice(1);
  for (const row of rows) {
    const [, , store, product, quantity] = row.split(",");
    const shelf = `${store} ${product}`;
    sold.set(shelf, (sold.get(shelf) ?? 0) + Number(quantity));
  }
  const told = history.trimEnd().split("\n").slice(1).map((row) => row.split(","));
  const dates = told.map((cells) => cells[1]?.slice(0, 10) ?? "").sort();
  const lastDay = new Set(told.filter((cells) => cells[1]?.startsWith(yesterday)).map((cells) => cells[2] ?? ""));
  return {
    catalog: path("catalog.json"),
    stores: chain.stores.map(({ code, name }) => ({ code, name })),
    history: path("history.csv"),
    historyLines: told.length,
    historyDays: (utc(dates.at(-1) ?? "") - utc(dates[0] ?? "")) / DAY_MS + 1,
    nextDay: path("next-day.csv"),
    nextDayLines: rows.length,
    sold,
    lastDay,
  };
}
