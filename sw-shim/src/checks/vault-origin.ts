import type { HostRule } from "../headers/rule";
import { VAULT_ORIGIN_PAGES } from "../headers/vault-origin";
import { cacheDirectives, isAskedForAgain, isJavaScript, isNosniff, item, referrerPolicy } from "./fields";
import type { FindingCode } from "./findings";
import { type HostResponse, isRedirect } from "./host";
import { Policies } from "./policies";

/** What one check found in one response of a vault origin. */
export interface VaultObservation {
  code: FindingCode;
  found: string | null;
  details?: string[];
}

/**
 * Checks a response of a vault origin against its rule, from `vaultOriginRules()`. The rules are fixed, so anything else is wrong.
 *
 * @param rule Its policy is compared only if it is known.
 */
export function checkVaultResponse(
  response: HostResponse,
  rule: HostRule,
  isPolicyKnown: boolean,
): VaultObservation[] {
  const { status, headers } = response;
  const wanted = rule.path === "/*" ? 404 : 200;
  if (status !== wanted) {
    const what = isRedirect(response)
      ? `to ${headers.get("location")}`
      : `and ${headers.get("content-type")}`;
    return [
      { code: wanted === 404 ? "vault_serves_more" : "vault_file_missing", found: `${status} ${what}` },
    ];
  }
  return [...(isPolicyKnown ? checkPolicy(response, rule) : []), ...checkOthers(response, rule)];
}

/** Whether this is the page of the package at `path`. */
export function isVaultPage(path: string, body: string): boolean {
  const pages: Record<string, string> = VAULT_ORIGIN_PAGES;
  return pages[path.slice(1)] === body;
}

function checkPolicy({ policies }: HostResponse, rule: HostRule): VaultObservation[] {
  const [sent, ...more] = policies.all;
  if (!sent || more.length > 0) return [{ code: "vault_policy_differs", found: policies.text }];
  const [due] = new Policies(new Headers({ [POLICY]: rule.headers[POLICY] ?? "" })).all;
  const differing = [...new Set([...(due?.keys() ?? []), ...sent.keys()])].filter(
    (name) => !isSameList(due?.get(name), sent.get(name)),
  );
  const describe = (names: string[]) =>
    names.map((name) => `${name}: ${listed(sent.get(name))}, expected ${listed(due?.get(name))}`);
  const [framers, others] = [
    differing.filter((name) => name === FRAMERS),
    differing.filter((name) => name !== FRAMERS),
  ];
  return [
    ...(framers.length > 0
      ? [
          {
            code: "vault_frame_ancestors_differ" as const,
            found: policies.describe(FRAMERS),
            details: describe(framers),
          },
        ]
      : []),
    ...(others.length > 0
      ? [{ code: "vault_policy_differs" as const, found: policies.text, details: describe(others) }]
      : []),
  ];
}

const POLICY = "Content-Security-Policy";
const FRAMERS = "frame-ancestors";

function isSameList(some: readonly string[] | undefined, others: readonly string[] | undefined): boolean {
  const set = (list: readonly string[]) =>
    JSON.stringify([...new Set(list.map((each) => each.toLowerCase()))].sort());
  return some !== undefined && others !== undefined && set(some) === set(others);
}

function listed(sources: readonly string[] | undefined): string {
  return sources === undefined ? "none" : sources.join(" ") || "(empty)";
}

function checkOthers({ headers }: HostResponse, rule: HostRule): VaultObservation[] {
  const wrong = Object.entries(rule.headers).filter(
    ([name, value]) => name !== POLICY && !(READERS[name] ?? isEqual(name))(headers, value),
  );
  if (wrong.length === 0) return [];
  return [
    {
      code: "vault_headers_differ",
      found: wrong.map(([name]) => `${name}: ${headers.get(name) ?? "none"}`).join("; "),
      details: wrong.map(([name, value]) => `expected ${name}: ${value}`),
    },
  ];
}

/** Whether a header means what it should, as browsers read it. */
const READERS: Record<string, (headers: Headers, wanted: string) => boolean> = {
  "Cache-Control": (headers, wanted) =>
    wanted === "no-cache" ? isAskedForAgain(headers) : cacheDirectives(headers).has(wanted),
  "Content-Type": (headers, wanted) =>
    wanted.startsWith("text/html")
      ? /^text\/html\s*(;|$)/i.test(headers.get("content-type") ?? "")
      : isJavaScript(headers),
  // The default of browsers.
  "Cross-Origin-Embedder-Policy": (headers, wanted) =>
    (item(headers, "cross-origin-embedder-policy") ?? "unsafe-none") === wanted,
  "Cross-Origin-Opener-Policy": (headers, wanted) => item(headers, "cross-origin-opener-policy") === wanted,
  "Origin-Agent-Cluster": (headers, wanted) => item(headers, "origin-agent-cluster") === wanted,
  "Referrer-Policy": (headers, wanted) => referrerPolicy(headers) === wanted,
  "X-Content-Type-Options": (headers) => isNosniff(headers),
};

function isEqual(name: string) {
  return (headers: Headers, wanted: string) => headers.get(name)?.trim() === wanted;
}
