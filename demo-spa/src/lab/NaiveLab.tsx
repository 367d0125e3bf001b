import { useCallback, useEffect, useState } from "react";
import type { LabSites } from "../../servers/lab/sites.ts";
import { apiBase } from "../config";
import { useProblemActions } from "../problems/ProblemProvider";
import { problemOf } from "../problems/problem";
import { startAt } from "./arrival";
import { Lab } from "./Lab";
import { isNaive, startSignIn } from "./naive/session";
import { clearStores, stores } from "./naive/stores";
import type { Victim } from "./victim";
import { type WayId, wayOf } from "./ways";

interface NaiveLabProps {
  sites: LabSites;
  /** Why the sign-in that has just come back did not work. */
  problem: unknown;
}

/** The lab in the app that keeps tokens in its page, in six ways. The vault is at home in the other app. */
export function NaiveLab({ sites, problem }: NaiveLabProps) {
  const [way, setWay] = useState<WayId>(
    () => wayOf(new URLSearchParams(location.search).get("way"))?.id ?? "local-storage",
  );
  const { report } = useProblemActions();
  const [known, setKnown] = useState<{ way: WayId; user: string | null } | null>(null);

  const look = useCallback(async () => {
    const user = isNaive(way) ? await askWhoIAm(way).catch(() => null) : null;
    setKnown({ way, user });
  }, [way]);

  useEffect(() => {
    look();
  }, [look]);

  useEffect(() => {
    if (problem !== undefined) report("lab", problemOf(problem, "sign in"));
  }, [problem, report]);

  const ofThisWay = known?.way === way ? known : null;
  const victim: Victim = {
    signedIn: ofThisWay && ofThisWay.user !== null,
    user: ofThisWay?.user ?? null,
    async signIn() {
      if (isNaive(way)) await startSignIn(sites, way);
      else location.assign(startAt(sites.vault, way));
    },
    async signOut() {
      await clearStores();
      await look();
    },
    async work() {
      if (isNaive(way)) await askWhoIAm(way);
    },
  };

  return <Lab sites={sites} way={way} onWay={setWay} victim={victim} />;
}

/** The app's one request, with the token it keeps. `null` without one, or with one that is over. */
async function askWhoIAm(way: Exclude<WayId, "vault">): Promise<string | null> {
  const token = await stores[way].load();
  if (token === null) return null;
  const response = await fetch(new URL("me", await apiBase()), {
    headers: { Authorization: `Bearer ${token}` },
  });
  if (!response.ok) return null;
  const { username } = (await response.json()) as { username: string };
  return username;
}
