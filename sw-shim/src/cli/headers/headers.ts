import { hostOptionsOf } from "../../configuration/host-options";
import { type HostOptions, type HostRule, hostRules } from "../../headers";
import { vaultConfiguration, type WhereConfigured } from "../configuration/local";
import { EXIT, Stop } from "../exit";
import type { Surroundings } from "../surroundings";
import { azure, azureFunction } from "./azure";
import { cloudflare } from "./cloudflare";
import { cloudfront } from "./cloudfront";
import { firebase, firebaseFunction } from "./firebase";
import { type HostSettings, json, kindsOf, REQUEST_ORIGIN } from "./format";
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
  /** What else the host needs. */
  also?: string;
}

/** Hosts that cannot keep the vault's promise, and why. */
const REFUSED = {
  amplify:
    "AWS Amplify Hosting cannot be relied on for these headers: It is not documented what a redirect does with the query, in which the code is, nor which of several header rules that match a path counts. Put the files into a bucket behind CloudFront instead: `strongroom headers --for cloudfront`, docs/guides/hosting.md.",
};

/** Every host that there is a format for; what is asked for by name is in this table. */
const FORMATS = {
  azure: {
    print: (settings) => `${azure(settings)}\n`,
    origin: ["https://*.azurestaticapps.net"],
    also: "It refers to a function: strongroom headers --for azure-function > api/src/functions/strongroom.js",
  },
  "azure-function": { print: azureFunction, origin: "none" },
  cloudflare: { print: cloudflare, origin: "request" },
  cloudfront: { print: cloudfront, origin: ["https://*.cloudfront.net"] },
  firebase: {
    print: (settings) => `${firebase(settings)}\n`,
    origin: ["https://*.web.app", "https://*.firebaseapp.com"],
    also: "It refers to a function: strongroom headers --for firebase-function >> functions/index.js",
  },
  "firebase-function": { print: firebaseFunction, origin: "none" },
  nginx: { print: nginx, origin: "request" },
  netlify: { print: netlify, origin: "request" },
  vercel: {
    print: vercel,
    origin: ["https://*.vercel.app"],
    also: `It refers to a page of your public folder: strongroom headers --for page > public/${PAGE_FILE}`,
  },
  vite: { print: vite, origin: "none" },
  page: { print: ({ rules }) => kindsOf(rules).unfinished.page.body, origin: "none" },
  json: { print: ({ rules }) => `${json(rules)}\n`, origin: [] },
} satisfies Record<string, Format>;

export type Host = keyof typeof FORMATS | keyof typeof REFUSED;

export const HOSTS = [...Object.keys(REFUSED), ...Object.keys(FORMATS)] as Host[];

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
  if (given.for in REFUSED) throw new Stop(EXIT.usage, REFUSED[given.for as keyof typeof REFUSED]);
  const format: Format = FORMATS[given.for as keyof typeof FORMATS];
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
  if (format.also) surroundings.say(format.also);
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
