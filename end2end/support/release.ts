// A newer version of the program comes out while tablets are open.
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";

/** A way to a server that says from some moment on that the program is of a newer version, as the server itself would after an update. */
export class Release {
  readonly #behind: URL;
  readonly #server: Server;
  #version: string | undefined;

  private constructor(address: string) {
    this.#behind = new URL(address);
    this.#server = createServer((asked, answer) => this.#pass(asked, answer));
  }

  static async before(address: string): Promise<Release> {
    const release = new Release(address);
    await new Promise<void>((done) => release.#server.listen(0, "127.0.0.1", done));
    return release;
  }

  get url(): string {
    const address = this.#server.address();
    if (!address || typeof address === "string") throw new Error("no port");
    return `http://127.0.0.1:${address.port}`;
  }

  /** From now on pages, answers and the worker's script are of this version. */
  publish(version: string): void {
    this.#version = version;
  }

  async end(): Promise<void> {
    const closed = new Promise((done) => this.#server.close(done));
    this.#server.closeAllConnections();
    await closed;
  }

  #pass(asked: IncomingMessage, answer: ServerResponse): void {
    const headers = { ...asked.headers };
    // What is written anew here must come whole, and in words.
    for (const name of ["accept-encoding", "if-none-match", "if-modified-since"]) delete headers[name];
    const { hostname, port } = this.#behind;
    const onward = request({ hostname, port, method: asked.method, path: asked.url, headers }, (answered) => {
      this.#answer(asked, answered, answer).catch(() => answer.destroy());
    });
    onward.on("error", () => answer.destroy());
    answer.on("close", () => onward.destroy());
    asked.pipe(onward);
  }

  async #answer(asked: IncomingMessage, answered: IncomingMessage, answer: ServerResponse): Promise<void> {
    const headers = { ...answered.headers };
    for (const name of ["connection", "keep-alive", "transfer-encoding"]) delete headers[name];
    const version = this.#version;
    const isScript = asked.url === "/worker.js";
    const isPage = headers["content-type"]?.startsWith("text/html") ?? false;
    if (version && headers["x-hornada-build"]) headers["x-hornada-build"] = version;
    if (!version || !(isScript || isPage)) {
      answer.writeHead(answered.statusCode ?? 502, headers);
      // Live events come long after the head of their answer.
      answer.flushHeaders();
      answered.pipe(answer);
      return;
    }
    const old = await text(answered);
    const fresh = isScript
      ? old.replace(/const VERSION = "[^"]*";/, `const VERSION = ${JSON.stringify(version)};`)
      : old.replace(/data-build="[^"]*"/, `data-build=${JSON.stringify(version)}`);
    for (const name of ["content-length", "etag", "last-modified"]) delete headers[name];
    answer.writeHead(answered.statusCode ?? 502, headers);
    answer.end(fresh);
  }
}
