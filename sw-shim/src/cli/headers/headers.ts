import { hostOptionsOf } from "../../configuration/host-options";
import { type HostOptions, type HostRule, hostRules } from "../../headers";
import { vaultConfiguration, type WhereConfigured } from "../configuration/local";
import { EXIT, Stop } from "../exit";
import type { Surroundings } from "../surroundings";
import { cloudflare } from "./cloudflare";
import { cloudfront } from "./cloudfront";
import { type HostSettings, kindsOf, REQUEST_ORIGIN } from "./format";
import { netlify } from "./netlify";
import { nginx } from "./nginx";
import { PAGE_FILE, vercel } from "./vercel";
import { vite } from "./vite";

/** A host's format, and where the app's origin in the policy comes from. */
interface Format {
  print(settings: HostSettings): string;
  /**
   * - `request`: the host fills it in at each request, so the policy holds under every name of the host.
   * - a list: `--origin` is required, since the host sends fixed text. These are the host's own names beside it.
   * - `none`: the format has no policy.
   */
  origin: "request" | "none" | string[];
}

/** Every host that there is a format for; what is asked for by name is in this table. */
const FORMATS = {
  cloudflare: { print: cloudflare, origin: "request" },
  cloudfront: { print: cloudfront, origin: ["https://*.cloudfront.net"] },
  nginx: { print: nginx, origin: "request" },
  netlify: { print: netlify, origin: "request" },
  vercel: { print: vercel, origin: ["https://*.vercel.app"] },
  vite: { print: vite, origin: "none" },
  page: { print: ({ rules }) => kindsOf(rules).unfinished.page.body, origin: "none" },
  json: { print: ({ rules }) => `${JSON.stringify(rules, null, 2)}\n`, origin: [] },
} satisfies Record<string, Format>;

export type Host = keyof typeof FORMATS;

export const HOSTS = Object.keys(FORMATS) as Host[];

export interface HeadersOptions extends Omit<WhereConfigured, "origin"> {
  for: Host;
  /** The app's origins. */
  origin?: string[];
  /** Paths under which scripts run as the worker, where they are not at the root. */
  worker?: string[];
  /** What the app's own policy has to let through besides. */
  policy?: NonNullable<HostOptions["policy"]>;
}

export async function headers(given: HeadersOptions, surroundings: Surroundings): Promise<void> {
  const format: Format = FORMATS[given.for];
  const origin = originsFor(given, format);
  const { origin: [first] = [], ...where } = given;
  const { configuration, script } = await vaultConfiguration(
    { ...where, ...(first === undefined ? {} : { origin: first }) },
    surroundings,
  );
  const workers = given.worker ?? [`/${script}`];
  const options: HostOptions = {
    ...(origin ? { origin } : {}),
    ...hostOptionsOf(configuration, workers[0]),
    workers,
    ...(given.policy ? { policy: given.policy } : {}),
  };
  surroundings.out(format.print({ options, rules: rulesOf(options) }));
  if (given.for === "vercel") {
    surroundings.say(
      `It refers to a page of your public folder: strongroom headers --for page > public/${PAGE_FILE}`,
    );
  }
}

function originsFor({ origin, for: host }: HeadersOptions, format: Format): string[] | undefined {
  if (format.origin === "none") return undefined;
  if (format.origin === "request") return origin ?? [REQUEST_ORIGIN];
  if (origin) return [...origin, ...format.origin];
  const own = format.origin.length > 0 ? ` ${format.origin.join(", ")} is added by itself.` : "";
  throw new Stop(
    EXIT.usage,
    `--for ${host} needs the app's origin, such as --origin https://app.example.com: the policy names the worker script by it, and lets no other file run as a worker. Repeat the flag for each origin; https://*.example.com covers previews.${own}`,
  );
}

function rulesOf(options: HostOptions): HostRule[] {
  try {
    return hostRules(options);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Stop(EXIT.usage, error.message);
  }
}
