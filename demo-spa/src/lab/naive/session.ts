import type { LabSites } from "../../../servers/lab/sites.ts";
import { type WayId, wayOf } from "../ways";
import { authorizationUrl, codeOf, exchange, newTransaction, type Transaction } from "./authorizationCode";
import { clearStores, stores } from "./stores";

export type NaiveWayId = Exclude<WayId, "vault">;

/** Leaves for the authorization server, to come back to {@link finishSignIn}. */
export async function startSignIn(sites: LabSites, way: NaiveWayId): Promise<void> {
  await clearStores();
  const transaction = newTransaction(way);
  sessionStorage.setItem(TRANSACTION, JSON.stringify(transaction));
  location.assign(await authorizationUrl(sites.signIn, transaction));
}

/** Takes the authorization response out of the page's URL, and keeps the tokens in the way that was chosen. */
export async function finishSignIn(sites: LabSites): Promise<void> {
  const response = new URLSearchParams(location.search);
  const transaction = JSON.parse(sessionStorage.getItem(TRANSACTION) ?? "null") as Transaction | null;
  sessionStorage.removeItem(TRANSACTION);
  const way = wayOf(transaction?.way ?? null);
  history.replaceState(null, "", way ? `/lab?way=${way.id}` : "/lab");
  const code = codeOf(response, transaction);
  if (!transaction || !isNaive(transaction.way)) return;
  await stores[transaction.way].save(await exchange(sites.signIn, code, transaction));
}

export function isNaive(way: WayId): way is NaiveWayId {
  return way !== "vault";
}

const TRANSACTION = "sign-in";
