// Rubbish through the import page: every file is refused with a sentence that says why, and nothing changes.
import { DEMO } from "../support/demo.ts";
import { speaker } from "../support/people.ts";
import { arrived, type File, figure, send, stateOf, take } from "../support/sending.ts";
import { alive, expect, open, type Page, test } from "../support/test.ts";

const say = speaker(DEMO.analyst);
const HEADER = "transaction_id,timestamp,store_id,product_id,quantity_sold,price_unit,total_amount,promotion_applied_id";

function csv(name: string, body: string | Buffer): File {
  return { name, mimeType: "text/csv", buffer: Buffer.isBuffer(body) ? body : Buffer.from(body) };
}

function day(offset: number): string {
  return new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
}

/** A shop of the chain that sells, as tickets name it. */
async function shopCode(page: Page): Promise<string> {
  await open(page, "/imports/new");
  const options = await page.getByLabel(say("imports.which_store"), { exact: true }).locator("option").allInnerTexts();
  const code = options.map((text) => text.split("·")[0]?.trim() ?? "").find((text) => /^[A-Z]{3}\d{2}$/.test(text) && !text.startsWith("OBR"));
  if (!code) throw new Error(`no shop among ${options.join(", ")}`);
  return code;
}

// A whole file that cannot be tickets is refused by its first bytes.
const REFUSED: { what: string; file: File; words: string }[] = [
  { what: "a zip archive with another name", file: csv("ventas.csv", Buffer.from("504b03041400000008000000210000000000", "hex")), words: "imports.file_zip" },
  { what: "an empty file", file: csv("vacio.csv", ""), words: "imports.file_empty" },
  { what: "only a header", file: csv("cabecera.csv", `${HEADER}\n`), words: "imports.file_only_header" },
  { what: "text in UTF-16", file: csv("utf16.csv", Buffer.from(`\ufeff${HEADER}\n`, "utf16le")), words: "imports.file_utf16" },
  { what: "a PDF", file: csv("informe.csv", "%PDF-1.7\n1 0 obj\n"), words: "imports.file_pdf" },
  { what: "some other table", file: csv("otra.csv", "nombre;edad\nAna;33\n"), words: "imports.header_absent" },
];

for (const { what, file, words } of REFUSED) {
  test(`${what} is refused, and why is said`, async ({ as }) => {
    const page = await as("analyst");
    await send(page, "es", file);
    await arrived(page);
    await expect(stateOf(page)).toHaveText(say("imports.status_refused"));
    await expect(page.getByText(say("imports.refused_title"))).toBeVisible();
    await expect(page.getByText(say(words))).toBeVisible();
    await expect(page.locator(".page-header button")).toHaveCount(0);
  });
}

test("sending without a file says what is missing and sends nothing", async ({ as }) => {
  const page = await as("analyst");
  await open(page, "/imports/new");
  let sent = false;
  page.on("request", (request) => {
    sent ||= request.method() === "POST" && request.url().endsWith("/api/v1/imports");
  });
  await page.getByRole("button", { name: say("imports.send") }).click();
  await expect(page.getByText(say("imports.choose_first"))).toBeVisible();
  expect(sent).toBe(false);
});

test("a file full of wrong rows is refused with every reason, and no shelf changes", async ({ as, axe }) => {
  const page = await as("analyst");
  const shop = await shopCode(page);
  await open(page, "/stock");
  const before = await page.locator(".on-hand").allInnerTexts();
  const rows = [
    `W-1,${day(-1)}T09:00:00,${shop},NO-SUCH,2,1.00,2.00,`,
    `W-2,${day(-1)}T09:00:00,${shop},PAN-001,-2,1.00,2.00,`,
    `W-3,${day(3)}T09:00:00,${shop},PAN-001,2,1.00,2.00,`,
    `W-4,${day(-1)}T09:00:00,${shop},PAN-001,2,1.00,7.00,`,
    `W-5,${day(-1)}T09:00:00,NOWHERE,PAN-001,2,1.00,2.00,`,
    `W-6,gestern,${shop},PAN-001,2,1.00,2.00,`,
    `W-7,${day(-1)}T09:00:00,${shop},PAN-001`,
  ];
  const latin1 = Buffer.concat([Buffer.from(`${HEADER}\n${rows.join("\n")}\n`), Buffer.from(`W-8,${day(-1)}T09:00:00,${shop},Caf\u00e9,2,1.00,2.00,\n`, "latin1")]);
  await send(page, "es", csv("todo-mal.csv", latin1));
  await arrived(page);
  await expect(stateOf(page)).toHaveText(say("imports.status_refused"));
  await expect(page.getByText(say("imports.refused_title"))).toBeVisible();
  await expect(figure(page, "es", "imports.good")).toHaveText("0");
  await expect(figure(page, "es", "imports.rejected")).toHaveText(String(rows.length + 1));
  const rejects = page.getByRole("table", { name: say("imports.rejects_title") });
  const reasons = ["unknown_product", "paid_return", "future_date", "wrong_total", "unknown_store", "not_a_timestamp", "too_few_columns", "invalid_utf8"];
  for (const [index, reason] of reasons.entries()) {
    // Row, column, value and reason stand beside each other; the header is row 1.
    const rows = rejects.getByRole("row").filter({ has: page.getByRole("cell", { name: String(index + 2), exact: true }) });
    await expect(rows.filter({ hasText: say(`imports.why_${reason}`) }), reason).toHaveCount(1);
  }
  await axe({ page });
  await open(page, "/stock");
  expect(await page.locator(".on-hand").allInnerTexts()).toEqual(before);
});

test("good rows are taken beside a few wrong ones, the rejects come back as a file, and all of it can be undone", async ({ as }) => {
  const page = await as("analyst");
  const shop = await shopCode(page);
  const good = Array.from({ length: 40 }, (_, index) => `G-${index},${day(-1)}T10:00:00,${shop},PAN-001,3,1.00,3.00,`);
  await send(page, "es", csv("casi-bien.csv", `${HEADER}\n${good.join("\n")}\nG-X,${day(-1)}T10:00:00,${shop},PAN-001,3,1.00,4.00,\n`));
  await arrived(page);
  await expect(figure(page, "es", "imports.good")).toHaveText("40");
  await expect(figure(page, "es", "imports.rejected")).toHaveText("1");
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: say("imports.download_rejects") }).click();
  const stream = await (await download).createReadStream();
  const text = (await stream.toArray()).join("");
  expect(text).toContain("G-X");
  expect(text).not.toContain("G-1,");

  await take(page, "es", "40");
  const address = page.url();
  const confirm = page.getByRole("dialog").getByRole("button", { name: say("imports.undo_confirm") });
  // The page that was asked for when the last row was taken may still arrive and close a question that was opened at once.
  await expect(async () => {
    if (!(await confirm.isVisible())) await page.getByRole("button", { name: say("imports.undo") }).click({ timeout: 2_000 });
    await confirm.click({ timeout: 2_000 });
  }).toPass({ timeout: 20_000 });
  await expect(stateOf(page)).toHaveText(say("imports.status_undone"), { timeout: 30_000 });
  await page.reload();
  await alive(page);
  expect(page.url()).toBe(address);
  await expect(stateOf(page)).toHaveText(say("imports.status_undone"));
});

test("an upload that breaks off keeps the choice and can be sent again", async ({ as, problems }) => {
  problems.expect(/ERR_FAILED|ERR_CONNECTION_RESET/);
  const page = await as("analyst");
  const shop = await shopCode(page);
  let broken = true;
  await page.route("**/api/v1/imports", (route) => (broken ? route.abort("connectionreset") : route.continue()));
  await send(page, "es", csv("otra-vez.csv", `${HEADER}\nR-1,${day(-1)}T10:00:00,${shop},PAN-001,3,1.00,3.00,\n`));
  await expect(page.getByText(say("imports.send_failed"))).toBeVisible();
  broken = false;
  await page.getByRole("button", { name: say("imports.send") }).click();
  await arrived(page);
  await expect(stateOf(page)).toHaveText(say("imports.status_checked"));
  await page.getByRole("button", { name: say("imports.discard") }).click();
  await expect(stateOf(page)).toHaveText(say("imports.status_discarded"));
});
