import type { Report } from "../../checks/findings";
import type { HostResponse } from "../../checks/host";
import { hashSource, hasIntegrity, hasNonce, letsFile, letsText, Policies } from "../../checks/policies";
import { refusal } from "../../headers/app-policy";
import { type Resource, resourcesOf } from "./html";

/**
 * Finds what the page's policy blocks in its HTML, and which entry of `policy` allows each.
 *
 * @param login The login URL, which the policy must not allow in frames.
 */
export function examineResources(page: HostResponse, login: URL | undefined, report: Report): void {
  const sent = page.policies;
  if (sent.none) return;
  const settings = new Settings(page.url, login);
  const refused: string[] = [];
  let base = page.url;
  let hasBase = false;
  let hasStylesOfOthers = false;
  for (const resource of resourcesOf(page.body)) {
    const inPage = resource.policies.map((text) => new Policies(new Headers({ [POLICY]: text })));
    const relativeTo = resource.kind === "base" ? page.url : base;
    const url = urlOf(resource, relativeTo, [sent, ...inPage]);
    if (url === null) continue;
    const isRefusedBy = (policies: Policies) => !allows(policies, resource, url, page.url);
    const byHost = isRefusedBy(sent);
    const byPage = inPage.some(isRefusedBy);
    if (resource.kind === "base" && !hasBase) {
      hasBase = true;
      // Browsers ignore a blocked base.
      if (url && !byHost && !byPage) base = url;
    }
    if (byHost) refused.push(`${resource.what} needs ${settings.of(resource, url)}`);
    else if (byPage) {
      refused.push(
        `${resource.what} is blocked by the policy in the page's own <meta> element. Change that policy.`,
      );
    }
    if (resource.directive === "style-src-elem" && url && url.origin !== page.url.origin)
      hasStylesOfOthers = true;
  }
  if (refused.length === 0) {
    report.pass("The policy allows everything in the page's HTML");
    return;
  }
  const together = settings.together();
  report.find("page_resources_refused", page.url, `${refused.length} that the policy blocks`, [
    ...new Set(refused),
    ...(hasStylesOfOthers
      ? [
          "Stylesheets of other hosts were not checked. Fonts and images that they load need font-src and img-src.",
        ]
      : []),
    ...(together === undefined ? [] : [`To allow everything that can be allowed: policy: ${together}`]),
  ]);
}

/** A URL that the vault needs in the page, and the directive that must allow it. */
export type Need = [directive: string, what: URL];

/** Finds what the page's policy blocks of what the vault needs. Returns whether it allows all. */
export function examineNeeds({ policies, url }: HostResponse, needs: Need[], report: Report): boolean {
  const refused = needs.filter(
    ([directive, what]) => !policies.lists(directive).every((sources) => letsFile(sources, what, url)),
  );
  if (refused.length === 0) return true;
  report.find(
    "app_policy_blocks_vault",
    url,
    [...new Set(refused.map(([directive]) => policies.describe(directive)))].join("; "),
    refused.map(([directive, what]) => `${directive} lacks ${what}`),
  );
  return false;
}

const POLICY = "content-security-policy";

/** `undefined` if the resource is not a file, `null` if it loads nothing. */
function urlOf({ kind, text }: Resource, base: URL, policies: Policies[]): URL | undefined | null {
  if (kind !== "file" && kind !== "base") return undefined;
  if (!URL.canParse(text, base)) return null;
  const url = new URL(text, base);
  if (url.protocol === "about:") return null;
  if (url.protocol === "http:" && policies.some((each) => each.say("upgrade-insecure-requests"))) {
    url.protocol = "https:";
  }
  return url;
}

/** Whether `policies` allow a resource of a page at `self`. */
function allows(policies: Policies, resource: Resource, url: URL | undefined, self: URL): boolean {
  const { directive, kind, text, nonce, integrity = "" } = resource;
  return policies.lists(directive).every((sources) => {
    if (url === undefined)
      return letsText(sources, text, kind === "element" ? "element" : "attribute", nonce);
    const isScript = directive === "script-src-elem";
    if ((isScript || directive === "style-src-elem") && hasNonce(sources, nonce)) return true;
    if (isScript && hasIntegrity(sources, integrity)) return true;
    // With 'strict-dynamic', browsers ignore hosts and do not trust scripts in the HTML.
    if (isScript && sources.some((source) => /^'strict-dynamic'$/i.test(source))) return false;
    return letsFile(sources, url, self);
  });
}

/** The entries of `policy` that allow what was refused. */
class Settings {
  readonly #all = new Map<string, Set<string>>();

  constructor(
    private readonly page: URL,
    /** Unknown without a configuration; then it matches no frame's host. */
    private readonly login: URL = new URL("https://login.invalid"),
  ) {}

  /** The end of a sentence: the entry, or why there is none and what to do instead. */
  of({ directive, kind, text }: Resource, url: URL | undefined): string {
    if (kind === "base") return "no entry: base-uri protects the vault. Use absolute paths instead.";
    if (directive === "object-src")
      return "no entry: object-src protects the vault. Use <img>, <video> or <iframe>.";
    if (directive === "script-src-attr")
      return "no entry: it would allow injected markup to run script. Use addEventListener.";
    const name = directive.replace(/-(elem|attr)$/, "");
    if (kind === "attribute" && name === "script-src")
      return "no entry: it would allow injected markup to run script. Use a button and addEventListener.";
    if (url === undefined) {
      const sources = [...(kind === "attribute" ? ["'unsafe-hashes'"] : []), hashSource(text)];
      return `${this.#entry(name, sources)}, or move it into a ${name === "style-src" ? "stylesheet" : "script"} file of the app`;
    }
    const source = sourceOf(url, this.page, name);
    const why = refusal(name, source, this.login);
    return why ? `no entry: "${source}" in ${name} ${why}` : this.#entry(name, [source]);
  }

  /** All entries as JSON; `undefined` if there are none. */
  together(): string | undefined {
    if (this.#all.size === 0) return undefined;
    return JSON.stringify(Object.fromEntries([...this.#all].map(([name, sources]) => [name, [...sources]])));
  }

  #entry(name: string, sources: string[]): string {
    const known = this.#all.get(name) ?? new Set<string>();
    for (const source of sources) known.add(source);
    this.#all.set(name, known);
    return `"${name}": ${JSON.stringify(sources)}`;
  }
}

/** The URL of a script, because a public CDN also hosts files of others; otherwise the origin. */
function sourceOf(url: URL, page: URL, directive: string): string {
  if (url.origin === page.origin) return "'self'";
  if (!/^https?:$/.test(url.protocol)) return url.protocol;
  const path = directive === "script-src" ? url.pathname.replaceAll(";", "%3B").replaceAll(",", "%2C") : "";
  return `${url.origin}${path}`;
}
