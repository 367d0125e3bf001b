import { finishSignIn, startSignIn } from "../../../tests/attacks/victims/code-flow";
import { type HandMade, KEEPS } from "../../../tests/attacks/victims/keeps";
import type { LabSites } from "../../servers/lab/sites.ts";
import { config } from "../config";
import { homeOf, isHandMade, type WayId, wayOf } from "./ways";

/** The state of the page when it is opened. */
export interface Arrival {
  /** `null` if there is no lab here, or if it is unknown. */
  sites: LabSites | null;
  /** What went wrong on the way here. */
  problem?: unknown;
}

/** Processes an authorization response in the page's URL, or starts a sign-in that the URL requests. */
export async function arrive(): Promise<Arrival> {
  let sites: LabSites | null = null;
  try {
    ({ lab: sites } = await config());
    if (!sites || location.origin !== new URL(sites.naive).origin) return { sites };
    if (location.href.startsWith(sites.signIn.redirectUri)) await keepTokens(sites);
    const way = wayOf(new URLSearchParams(location.search).get("way"));
    if (takeStart() && way && isHandMade(way.id)) await signIn(sites, way.id);
    return { sites };
  } catch (problem) {
    return { sites, problem };
  }
}

/** Starts a sign-in in the app without the vault. */
export async function signIn(sites: LabSites, way: HandMade): Promise<void> {
  await clearTokens();
  sessionStorage.setItem(WAY, way);
  await startSignIn(sites.signIn);
}

export async function clearTokens(): Promise<void> {
  for (const keep of Object.values(KEEPS)) await keep.clear();
}

/** Completes the sign-in whose response is in the page's URL. */
async function keepTokens(sites: LabSites): Promise<void> {
  const { id = null } = wayOf(sessionStorage.getItem(WAY)) ?? {};
  sessionStorage.removeItem(WAY);
  const tokens = finishSignIn(sites.signIn);
  // `finishSignIn` has read the response.
  history.replaceState(null, "", id ? `/lab?way=${id}` : "/lab");
  const received = await tokens;
  if (id !== null && isHandMade(id)) await KEEPS[id].save(received);
}

const WAY = "way";

/** The URL of the lab's page in the app that has this way, which is chosen; it begins to sign in at once. */
export function startAt(sites: LabSites, way: WayId): string {
  return `${sites[homeOf(way)]}?${new URLSearchParams({ way, start: "" })}`;
}

/** Whether this page was opened to sign in. True once, not after a reload. */
export function takeStart(): boolean {
  const url = new URL(location.href);
  if (!url.searchParams.has("start")) return false;
  url.searchParams.delete("start");
  history.replaceState(null, "", url);
  return true;
}
