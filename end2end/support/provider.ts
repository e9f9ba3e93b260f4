// A provider of OpenID Connect on this machine: oidc-provider, a certified implementation, with accounts in memory.
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import Provider from "oidc-provider";

// The package asks for it, and Node has it from version 22 on.
const urls = URL as unknown as { parse?: (text: string, base?: string) => URL | null };
urls.parse ??= (address, base) => (URL.canParse(address, base) ? new URL(address, base) : null);

export type Account = { email: string; verified: boolean; name: string };

type Asked = { oidc: { provider: Provider; client: { clientId: string }; session: { accountId: string } } };

/** What the client is called at the provider, and by what it proves itself. */
export const CLIENT = { id: "hornada", secret: randomBytes(24).toString("hex") };

const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Provider</title><link rel="icon" href="data:,"></head>
<body><main><h1>Provider</h1><form method="post"><label>Account <input name="account" required></label>
<button type="submit">Go in</button></form></main></body></html>`;

export class Idp {
  readonly issuer: string;
  readonly port: number;
  readonly #server: ReturnType<typeof createServer>;
  readonly #accounts: Map<string, Account>;
  #answer: RequestListener = (_, answer) => answer.writeHead(503).end();

  private constructor(server: ReturnType<typeof createServer>, accounts: Map<string, Account>) {
    this.#server = server;
    this.#accounts = accounts;
    this.port = (server.address() as AddressInfo).port;
    this.issuer = `http://127.0.0.1:${this.port}`;
    server.on("request", (asked, answer) => this.#answer(asked, answer));
  }

  /** Listens; who may send people here is said later. */
  static async start(accounts: Record<string, Account>): Promise<Idp> {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return new Idp(server, new Map(Object.entries(accounts)));
  }

  /** From now on people are sent back to this address. */
  serve(redirectUri: string, backTo: string): void {
    const accounts = this.#accounts;
    const provider = new Provider(this.issuer, {
      clients: [
        {
          client_id: CLIENT.id,
          client_secret: CLIENT.secret,
          redirect_uris: [redirectUri],
          post_logout_redirect_uris: [backTo],
          grant_types: ["authorization_code"],
          response_types: ["code"],
        },
      ],
      cookies: { keys: [randomBytes(24).toString("hex")] },
      claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
      features: { devInteractions: { enabled: false } },
      pkce: { required: () => true },
      interactions: { url: (_: unknown, interaction: { uid: string }) => `/interaction/${interaction.uid}` },
      findAccount: (_: unknown, id: string) => {
        const account = accounts.get(id);
        if (!account) return undefined;
        const claims = () => ({ sub: id, email: account.email, email_verified: account.verified, name: account.name });
        return { accountId: id, claims };
      },
      // Nobody is asked whether they agree: the organization has.
      loadExistingGrant: async ({ oidc }: Asked) => {
        const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
        grant.addOIDCScope("openid email profile");
        await grant.save();
        return grant;
      },
    });
    const usual = provider.callback();
    this.#answer = (asked, answer) => {
      if (!asked.url?.startsWith("/interaction/")) {
        usual(asked, answer);
        return;
      }
      interact(provider, accounts, asked, answer).catch(() => answer.destroy());
    };
  }

  async end(): Promise<void> {
    const closed = new Promise((done) => this.#server.close(done));
    this.#server.closeAllConnections();
    await closed;
  }
}

/** The page on which somebody says who they are; there are no passwords here. */
async function interact(provider: Provider, accounts: Map<string, Account>, asked: IncomingMessage, answer: ServerResponse): Promise<void> {
  if (asked.method !== "POST") {
    answer.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(PAGE);
    return;
  }
  const account = new URLSearchParams(await text(asked)).get("account") ?? "";
  if (!accounts.has(account)) {
    answer.writeHead(403).end();
    return;
  }
  await provider.interactionFinished(asked, answer, { login: { accountId: account } });
}
