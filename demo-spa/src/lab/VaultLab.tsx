import { useEffect, useState } from "react";
import { useSession, useVault } from "strongroom/react";
import type { LabSites } from "../../servers/lab/sites.ts";
import { whoAmI } from "../api";
import { startAt, takeStart } from "./arrival";
import { Lab } from "./Lab";
import { isNaive } from "./naive/session";
import type { Victim } from "./victim";
import { type WayId, wayOf } from "./ways";

/** The lab in the app that has the vault. The other ways are at home in the other app. */
export function VaultLab({ sites }: { sites: LabSites }) {
  const vault = useVault();
  const { status, user } = useSession();
  const [way, setWay] = useState<WayId>(
    () => wayOf(new URLSearchParams(location.search).get("way"))?.id ?? "vault",
  );
  const here = !isNaive(way);
  const victim: Victim = {
    signedIn: here ? (status === "recovering" ? null : status === "authenticated") : false,
    user: user?.email ?? null,
    async signIn() {
      if (here) vault.login({ returnTo: "/lab?way=vault" });
      else location.assign(startAt(sites.naive, way));
    },
    async signOut() {
      await vault.logout();
    },
    async work() {
      await whoAmI();
    },
  };

  useEffect(() => {
    if (status === "anonymous" && takeStart()) vault.login({ returnTo: "/lab?way=vault" });
  }, [status, vault]);

  return <Lab sites={sites} way={way} onWay={setWay} victim={victim} />;
}
