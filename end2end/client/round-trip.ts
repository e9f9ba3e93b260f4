// What somebody else's program would look like: nothing of ours but the types that are generated from the description of the API.
// tests/client.spec.ts puts `api.d.ts` beside a copy of this file, checks its types and runs it.
import createClient from "openapi-fetch";
import type { paths } from "./api.js";

export type Wanted = { command: string; store: string; product: string; date: string; quantity: number };

/** Plans a batch, plans the same again as after a lost answer, and reads what goes out on the day. */
export async function roundTrip(baseUrl: string, cookie: string, wanted: Wanted) {
  const client = createClient<paths>({ baseUrl, headers: { cookie } });
  const day = { params: { query: { date: wanted.date, store_id: wanted.store } } };
  const listed = async (): Promise<string[]> => {
    const { data, error } = await client.GET("/api/v1/orders/dispatch", day);
    if (!data) throw new Error(JSON.stringify(error));
    return data.stores.flatMap((store) => store.batches.map((batch) => batch.order_id));
  };
  const before = await listed();
  const made: string[] = [];
  for (let times = 0; times < 2; times += 1) {
    const { data, error } = await client.POST("/api/v1/orders/many", {
      body: {
        command_id: wanted.command,
        product_id: wanted.product,
        production_date: wanted.date,
        lines: [{ store_id: wanted.store, quantity: wanted.quantity }],
      },
    });
    if (!data) throw new Error(JSON.stringify(error));
    made.push(...data.orders.map((order) => order.id));
  }
  const refused = await client.POST("/api/v1/orders/many", {
    body: { command_id: wanted.command, product_id: wanted.product, production_date: wanted.date, lines: [] },
  });
  return { before, made, after: await listed(), refused: refused.error?.status };
}
