// What the service worker keeps, and of whom, however late answers come.
import { expect, test } from "@playwright/test";
import { device, later, said, Worker } from "../support/worker.ts";

const BOARD = "/api/read_board";

test("an answer that was asked for before somebody signed out is not kept after it", async () => {
  const board = later();
  const bye = later();
  const worker = new Worker("1", device(), ({ url }) => (url.endsWith("/logout") ? bye.answer : board.answer));
  const asked = worker.post(BOARD);
  const left = worker.post("/logout");
  // Asked for while the server has not ended the session yet.
  const between = worker.post(BOARD, "another day");
  board.come(said("1", "ana"));
  expect((await asked.answer)?.status).toBe(200);
  await asked.done;
  bye.come(said("1", "ana", 302));
  await Promise.all([left.done, between.done]);
  expect(worker.kept()).toEqual([]);
});

test("answers to two people at once leave what belongs to the last one", async () => {
  const shelves = device();
  const people = ["ana", "bea", "ana", "bea"];
  const worker = new Worker("1", shelves, async () => said("1", people.pop() ?? "carla"));
  const asked = [1, 2, 3, 4].map((day) => worker.post(BOARD, String(day)));
  await Promise.all(asked.map(({ done }) => done));
  expect(worker.kept()).toHaveLength(1);
  const who = await (await shelves.get("hornada-who")?.match("/who"))?.text();
  expect(worker.kept()).toEqual([`hornada-data-1-${who}`]);
});

test("an answer that comes after the worker's patience is kept all the same", async () => {
  const worker = new Worker("1", device(), async () => said("1", "ana"));
  await worker.post(BOARD).done;
  const late = later();
  worker.answers = () => late.answer;
  const asked = worker.post(BOARD);
  expect((await asked.answer)?.headers.get("x-kept-at")).not.toBeNull();
  expect(worker.told.at(-1)).toHaveProperty("keptAt");
  const fresh = said("1", "ana");
  fresh.headers.set("x-round", "2");
  late.come(fresh);
  await asked.done;
  worker.answers = async () => Promise.reject(new Error("no network"));
  expect((await worker.post(BOARD).answer)?.headers.get("x-round")).toBe("2");
});

test("what is kept goes with the session, and not with a server that is down", async () => {
  const worker = new Worker("1", device(), async () => said("1", "ana"));
  await worker.post(BOARD).done;
  worker.answers = async () => said("1", "ana", 502);
  await worker.post(BOARD).done;
  expect(worker.kept()).toHaveLength(1);
  worker.answers = async () => new Response("", { status: 401 });
  await worker.post(BOARD).done;
  expect(worker.kept()).toEqual([]);
});

test("a new version deletes what the old one kept once it has something of its own", async () => {
  const shelves = device();
  const old = new Worker("1", shelves, async () => said("1", "ana"));
  await old.happen("message", { data: { keep: "/kitchen" } }).done;
  expect(old.kept()).toEqual(["hornada-data-1-ana"]);
  const worker = new Worker("2", shelves, async () => Promise.reject(new Error("no network")));
  await worker.happen("install").done;
  await worker.happen("activate").done;
  expect(worker.kept()).toEqual(["hornada-data-1-ana"]);
  worker.answers = async () => said("2", "ana");
  await worker.happen("message", { data: { keep: "/today" } }).done;
  expect(worker.kept()).toEqual(["hornada-data-2-ana"]);
  expect(shelves.get("hornada-data-2-ana")?.held.size).toBe(2);
});

test("open pages hear which version took over, once it did", async () => {
  const worker = new Worker("2", device(), async () => said("2", "ana"));
  await worker.happen("install").done;
  expect(worker.told).toEqual([]);
  await worker.happen("activate").done;
  expect(worker.told).toEqual([{ version: "2" }]);
});
