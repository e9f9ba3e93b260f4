import { expect, open, test } from "../support/test.ts";

test("the first page is served, hydrates and has no barrier", async ({ page, axe }) => {
  const answer = await open(page, "/");
  expect(answer.status()).toBeLessThan(400);
  await expect(page).toHaveTitle(/Hornada/);
  await axe();
});

test("what a browser loads first is sent compressed with brotli", async ({ page, request }) => {
  const loaded: string[] = [];
  page.on("response", (response) => {
    if (/\/pkg\/.*\.(js|wasm|css)$/.test(new URL(response.url()).pathname)) loaded.push(response.url());
  });
  await open(page, "/");
  expect(loaded.map((url) => new URL(url).pathname)).toEqual(
    expect.arrayContaining(["/pkg/hornada.js", "/pkg/hornada.wasm", "/pkg/hornada.css"]),
  );
  for (const url of new Set(loaded)) {
    const answer = await request.get(url, { headers: { "accept-encoding": "br" } });
    expect(answer.headers()["content-encoding"], url).toBe("br");
  }
});

test("an unknown address answers 404 to programs and a page to people", async ({ page, request, problems }) => {
  problems.expect(/404/);
  expect((await request.get("/no-such-page")).status()).toBe(404);
  await open(page, "/no-such-page");
  await expect(page.getByRole("heading").first()).toBeVisible();
});
