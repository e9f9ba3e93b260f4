// Mails that the server kept in its data folder, because no mail server is configured.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "@playwright/test";
import type { Bakery } from "./server.ts";

/** Waits for the mail that follows the first `after` to this address, and returns what it says. */
export async function mailTo(bakery: Bakery, address: string, after = 0): Promise<string> {
  const folder = join(bakery.folder, "mail");
  const found = async (): Promise<string[]> => {
    const names = await readdir(folder).catch(() => []);
    const texts = await Promise.all(names.filter((name) => name.endsWith(".eml")).sort().map((name) => readFile(join(folder, name), "utf8")));
    return texts.filter((text) => text.includes(`To: ${address}\r\n`)).map(plain);
  };
  await expect.poll(async () => (await found()).length, { timeout: 15_000 }).toBeGreaterThan(after);
  return (await found())[after] ?? "";
}

/** Quoted-printable (RFC 2045), as mails with accents are written, undone. */
function plain(mail: string): string {
  const joined = mail.replace(/=\r\n/g, "");
  const bytes = joined.replace(/=([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}

/** The link of a mail to this page of the product. */
export function linkIn(mail: string, path: string): string {
  const link = new RegExp(`https?://\\S+${path}\\?token=[0-9a-f]+`).exec(mail)?.[0];
  if (!link) throw new Error(`no link to ${path} in\n${mail}`);
  return link;
}
