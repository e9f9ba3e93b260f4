// Alerts that leave the house: a channel to a program, the rules that say what goes there, and the log of what went.
import { createHmac, randomUUID } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { sheet } from "../support/baking.ts";
import { DEMO } from "../support/demo.ts";
import { speaker } from "../support/people.ts";
import type { Bakery } from "../support/server.ts";
import { expect, open, test } from "../support/test.ts";

const say = speaker(DEMO.admin);

type Message = { headers: IncomingHttpHeaders; body: string };

/** A program on this machine that hears of alerts. */
async function receiver() {
  const heard: Message[] = [];
  const server = createServer((asked, answer) => {
    text(asked)
      .then((body) => {
        heard.push({ headers: asked.headers, body });
        answer.writeHead(204).end();
      })
      .catch(() => answer.destroy());
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const end = async () => {
    const closed = new Promise((done) => server.close(done));
    server.closeAllConnections();
    await closed;
  };
  return { heard, port, address: `http://127.0.0.1:${port}/bread`, end };
}

/** Starts the server anew with what an operator sets who means this machine. */
async function allow(demo: Bakery, port: number): Promise<void> {
  await demo.stop();
  Object.assign(demo.environment, {
    HORNADA_WEBHOOK_PLAIN: "true",
    HORNADA_WEBHOOK_PORTS: String(port),
    HORNADA_WEBHOOK_INSIDE: "127.0.0.1",
  });
  await demo.serve();
}

test("a channel is tried, its message is signed, the log says that it arrived, and a rule names it", async ({ as, axe, demo, problems }) => {
  test.setTimeout(180_000);
  problems.expect(/create_channel/); // no address
  const program = await receiver();
  try {
    await allow(demo, program.port);
    const page = await as("admin");
    const name = `Central ${randomUUID().slice(0, 8)}`;
    await open(page, "/alerts/channels");
    await expect(page.getByText(say("channels.outside"))).toBeVisible();
    await page.getByRole("button", { name: say("channels.add"), exact: true }).click();
    const form = sheet(page, say("channels.add"));
    await form.getByLabel(say("channels.name"), { exact: true }).fill(name);
    await form.getByLabel(say("channels.address"), { exact: true }).fill("hooks.example");
    await axe({ page });
    await form.getByRole("button", { name: say("common.save"), exact: true }).click();
    await expect(form.getByText(say("channels.err_address")).first()).toBeVisible();
    await form.getByLabel(say("channels.address"), { exact: true }).fill(program.address);
    await form.getByRole("button", { name: say("common.save"), exact: true }).click();
    const told = page.getByRole("dialog", { name: say("admin.secret_title"), exact: true });
    const secret = (await told.locator(".secret").innerText()).trim();
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    await told.getByRole("button", { name: say("admin.secret_kept"), exact: true }).click();

    const row = page.getByRole("row").filter({ hasText: name });
    await row.getByRole("link", { name: say("channels.log"), exact: true }).click();
    await expect(page.getByText(say("channels.log_none"))).toBeVisible();
    await row.getByRole("button", { name: say("channels.test"), exact: true }).click();
    const sent = page.locator("tr[data-status=sent]");
    await expect(sent).toHaveCount(1, { timeout: 30_000 });
    await expect(sent).toContainText("channel.test");
    await expect(sent).toContainText("204");
    await axe({ page });

    expect(program.heard).toHaveLength(1);
    const { headers, body } = program.heard[0] as Message;
    const [, seconds, hex] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers["x-hornada-signature"])) ?? [];
    expect(hex).toBe(createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex"));
    expect(Math.abs(Date.now() / 1000 - Number(seconds))).toBeLessThan(120);
    expect(JSON.parse(body)).toMatchObject({ event: "channel.test", about: { sent_by: DEMO.admin.name } });

    // A rule sends large waste there; what is typed as money is read as money.
    await open(page, "/alerts/rules");
    await page.getByRole("button", { name: say("channels.rule_add"), exact: true }).click();
    const rule = sheet(page, say("channels.rule_add"));
    await rule.getByLabel(say("channels.kind"), { exact: true }).selectOption("waste_risk");
    await rule.getByLabel(new RegExp(`^${say("channels.from_money")}`)).fill("12.50");
    await rule.getByText(say("alerts.severity_critical"), { exact: true }).click();
    await rule.getByRole("switch", { name, exact: true }).check({ force: true });
    await axe({ page });
    await rule.getByRole("button", { name: say("common.save"), exact: true }).click();
    const saved = page.getByRole("row").filter({ hasText: name });
    await expect(saved).toContainText("12.50");
    await expect(saved).toContainText(say("alerts.severity_critical"));
    await saved.getByRole("button", { name: say("channels.remove"), exact: true }).click();
    await page
      .getByRole("dialog", { name: say("channels.rule_remove_question"), exact: true })
      .getByRole("button", { name: say("channels.remove"), exact: true })
      .click();
    await expect(saved).toHaveCount(0);

    await open(page, "/alerts/channels");
    await row.getByRole("button", { name: say("channels.remove"), exact: true }).click();
    await page
      .getByRole("dialog", { name: say("channels.remove_question"), exact: true })
      .getByRole("button", { name: say("channels.remove"), exact: true })
      .click();
    await expect(row).toHaveCount(0);
  } finally {
    await program.end();
  }
});
