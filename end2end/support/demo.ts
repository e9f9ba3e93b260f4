// A bakery with what `hornada demo` makes: a simulated chain, a model, past forecasts and a morning under way.
import type { Person } from "./people.ts";
import { Bakery } from "./server.ts";

const PASSWORD = "pan-recien-hecho";

/** One person a role, as `hornada demo` adds them. The store manager sees the first two shops. */
export const DEMO = {
  manager: { email: "tienda@demo.hornada.local", password: PASSWORD, name: "Carmen Tienda", language: "es" },
  kitchen: { email: "obrador@demo.hornada.local", password: PASSWORD, name: "Mateo Obrador", language: "es" },
  analyst: { email: "analista@demo.hornada.local", password: PASSWORD, name: "Lucía Analista", language: "es" },
  admin: { email: "admin@demo.hornada.local", password: PASSWORD, name: "Elena Admin", language: "en" },
} satisfies Record<string, Person>;

export type DemoRole = keyof typeof DEMO;

/** Fills an empty bakery and serves it: a chain smaller than the demo's own, and long enough for a model to win. */
export async function demoBakery(): Promise<Bakery> {
  const bakery = await Bakery.create();
  try {
    await bakery.command("demo", "--no-serve", "--shops", "2", "--days", "500");
    await bakery.serve();
    return bakery;
  } catch (error) {
    await bakery.remove();
    throw error;
  }
}
