import type { BrowserContext, ConsoleMessage } from "@playwright/test";

/** Everything that went wrong in the browser without a test looking for it. */
export class Problems {
  readonly #found: string[] = [];
  readonly #expected: RegExp[] = [];

  /** Announces a problem that belongs to the test, as the 401 of a wrong password. */
  expect(pattern: RegExp): void {
    this.#expected.push(pattern);
  }

  /** Listens to every page of a context, those that open later too. */
  watch(context: BrowserContext): void {
    context.on("console", (message) => this.#console(message));
    context.on("weberror", (error) => this.#found.push(`page error: ${error.error().stack ?? error.error().message}`));
    context.on("response", (response) => {
      if (response.status() >= 500) this.#found.push(`answer ${response.status()}: ${response.url()}`);
    });
  }

  #console(message: ConsoleMessage): void {
    const text = message.text();
    const serious = message.type() === "error" || (message.type() === "warning" && /hydrat|panicked|unreachable|reactive/i.test(text));
    if (serious) this.#found.push(`console ${message.type()}: ${text} (${message.location().url})`);
  }

  /** Fails when there is a problem that nobody announced. */
  check(): void {
    const left = this.#found.filter((problem) => !this.#expected.some((pattern) => pattern.test(problem)));
    if (left.length > 0) throw new Error(`the browser reported problems:\n${left.join("\n")}`);
  }
}
