import { hostOptionsOf } from "../../configuration/host-options";
import { type HostOptions, type HostRule, hostRules } from "../../headers";
import { vaultConfiguration, type WhereConfigured } from "../configuration/local";
import { EXIT, Stop } from "../exit";
import type { Surroundings } from "../surroundings";
import { cloudfront } from "./cloudfront";
import { type HostSettings, kindsOf } from "./format";
import { netlify } from "./netlify";
import { nginx } from "./nginx";
import { PAGE_FILE, vercel } from "./vercel";
import { vite } from "./vite";

/** Every host that there is a format for; what is asked for by name is in this table. */
const FORMATS = {
  cloudfront,
  nginx,
  netlify,
  vercel,
  vite,
  page: ({ rules }: HostSettings) => kindsOf(rules).unfinished.page.body,
  json: ({ rules }: HostSettings) => `${JSON.stringify(rules, null, 2)}\n`,
} satisfies Record<string, (settings: HostSettings) => string>;

export type Host = keyof typeof FORMATS;

export const HOSTS = Object.keys(FORMATS) as Host[];

export interface HeadersOptions extends WhereConfigured {
  for: Host;
  /** Paths under which scripts run as the worker, where they are not at the root. */
  worker?: string[];
  /** What the app's own policy has to let through besides. */
  policy?: NonNullable<HostOptions["policy"]>;
}

export async function headers(given: HeadersOptions, surroundings: Surroundings): Promise<void> {
  const { configuration, script } = await vaultConfiguration(given, surroundings);
  const workers = given.worker ?? [`/${script}`, "/strongroom-worker.js"];
  const options: HostOptions = {
    ...(given.origin === undefined ? {} : { origin: given.origin }),
    ...hostOptionsOf(configuration, workers[0]),
    workers,
    ...(given.policy ? { policy: given.policy } : {}),
  };
  surroundings.out(FORMATS[given.for]({ options, rules: rulesOf(options) }));
  if (given.for === "vercel") {
    surroundings.say(
      `It refers to a page of your public folder: strongroom headers --for page > public/${PAGE_FILE}`,
    );
  }
}

function rulesOf(options: HostOptions): HostRule[] {
  try {
    return hostRules(options);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Stop(EXIT.usage, error.message);
  }
}
