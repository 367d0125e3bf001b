import Provider from "oidc-provider";
import { listen } from "../loopback.js";

/** A provider that nobody made look like Cognito. */
export interface PlainProvider {
  issuer: string;
  clientId: string;
  close(): Promise<void>;
}

/** `oidc-provider` as it comes: its own paths, pages, tokens and discovery document, with one public client. */
export async function startPlainProvider(app: string): Promise<PlainProvider> {
  const listener = await listen();
  const issuer = `http://localhost:${listener.port}`;
  const clientId = "plain";
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        token_endpoint_auth_method: "none",
        redirect_uris: [`${app}/auth/callback`],
        post_logout_redirect_uris: [`${app}/`],
      },
    ],
    // What a provider has to be told for a client in a browser: its origin, by CORS.
    clientBasedCORS: (_ctx, origin) => origin === app,
    features: { revocation: { enabled: true } },
  });
  listener.serve(provider.callback());
  return { issuer, clientId, close: () => listener.close() };
}
