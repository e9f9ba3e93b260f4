// The part of oidc-provider that the tests use; the package brings no types.
declare module "oidc-provider" {
  import type { IncomingMessage, ServerResponse } from "node:http";

  class Grant {
    constructor(of: { clientId: string; accountId: string });
    addOIDCScope(scope: string): void;
    save(): Promise<string>;
  }

  export default class Provider {
    constructor(issuer: string, configuration: Record<string, unknown>);
    readonly Grant: typeof Grant;
    callback(): (asked: IncomingMessage, answer: ServerResponse) => void;
    interactionFinished(asked: IncomingMessage, answer: ServerResponse, result: { login: { accountId: string } }): Promise<void>;
  }
}
