import { Suspense, use, useCallback, useEffect, useState } from "react";
import { useSession, useVault, VaultProvider } from "strongroom/react";
import { type HandMade, KEEPS } from "../../../tests/attacks/victims/keeps";
import type { LabSites } from "../../servers/lab/sites.ts";
import { apiBase } from "../config";
import { Closed } from "../Notice";
import { ProblemProvider, useProblemActions } from "../problems/Problems";
import { problemOf } from "../problems/problem";
import { type Arrival, arrive, clearTokens, signIn, startAt, takeStart } from "./arrival";
import { Lab, LabMasthead } from "./Lab";
import { isHandMade, type Victim, type WayId, wayOf } from "./ways";
import "../styles/lab.css";

/** The lab's page, in each of its apps. */
export default function LabApp() {
  return (
    <Suspense fallback={<Note>Loading the lab…</Note>}>
      <Site arrival={use(arrived)} />
    </Suspense>
  );
}

/** Runs once, however often React renders, because an authorization response can be exchanged once. */
const arrived = arrive();

function Site({ arrival }: { arrival: Arrival }) {
  if (arrival.problem !== undefined && !arrival.sites) {
    const { sentence, remedy } = problemOf(arrival.problem, "open the lab");
    return (
      <Note>
        {sentence} {remedy}
      </Note>
    );
  }
  if (!arrival.sites) return <Note>This site has no lab. Run “npm start” for a demo that has one.</Note>;
  const { sites } = arrival;
  const here = VAULTS.find((vault) => sites[vault]?.startsWith(`${location.origin}/`));
  return (
    <ProblemProvider>
      {here !== undefined ? (
        <VaultProvider
          worker="/vault-worker.js"
          fallback={<Note>Starting the vault…</Note>}
          errorFallback={(error) => <Closed error={error} />}
        >
          <VaultLab sites={sites} here={here} />
        </VaultProvider>
      ) : (
        <NaiveLab sites={sites} problem={arrival.problem} />
      )}
    </ProblemProvider>
  );
}

const VAULTS = ["vault", "vault-origin"] as const;

function Note({ children }: { children: React.ReactNode }) {
  return (
    <>
      <LabMasthead home="/" />
      <main id="content" className="notice" tabIndex={-1}>
        <p role="status" className="notice-lead">
          {children}
        </p>
      </main>
    </>
  );
}

interface VaultLabProps {
  sites: LabSites;
  /** The app's name among the sites, also that of its way to keep tokens. */
  here: (typeof VAULTS)[number];
}

/** The lab in an app with the vault. The other ways are in other apps. */
function VaultLab({ sites, here }: VaultLabProps) {
  const vault = useVault();
  const { status, user } = useSession();
  const [way, setWay] = useState<WayId>(
    () => wayOf(new URLSearchParams(location.search).get("way"))?.id ?? here,
  );
  const isHere = way === here;
  const returnTo = `/lab?way=${here}`;
  const victim: Victim = {
    signedIn: isHere ? (status === "recovering" ? null : status === "authenticated") : false,
    user: user?.email ?? null,
    async signIn() {
      if (isHere) vault.login({ returnTo });
      else location.assign(startAt(sites, way));
    },
    async signOut() {
      await vault.logout();
    },
    fetch: (url) => fetch(url),
  };

  useEffect(() => {
    if (status === "anonymous" && takeStart()) vault.login({ returnTo });
  }, [status, vault, returnTo]);

  return <Lab sites={sites} way={way} onWay={setWay} victim={victim} />;
}

interface NaiveLabProps {
  sites: LabSites;
  /** Why the sign-in that has just returned failed. */
  problem: unknown;
}

/** The lab in the app that keeps tokens in its page, in six ways. The vault is in other apps. */
function NaiveLab({ sites, problem }: NaiveLabProps) {
  const [way, setWay] = useState<WayId>(
    () => wayOf(new URLSearchParams(location.search).get("way"))?.id ?? "local-storage",
  );
  const { report } = useProblemActions();
  const [known, setKnown] = useState<{ way: WayId; user: string | null } | null>(null);

  const look = useCallback(async () => {
    const user = isHandMade(way) ? await userOf(way).catch(() => null) : null;
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
      if (isHandMade(way)) await signIn(sites, way);
      else location.assign(startAt(sites, way));
    },
    async signOut() {
      await clearTokens();
      await look();
    },
    fetch: (url) => fetchWithToken(way, url),
  };

  return <Lab sites={sites} way={way} onWay={setWay} victim={victim} />;
}

/** Who is signed in, by the API; `null` for nobody. */
async function userOf(way: HandMade): Promise<string | null> {
  if ((await KEEPS[way].load()) === null) return null;
  const response = await fetchWithToken(way, new URL("me", await apiBase()));
  if (!response.ok) return null;
  const { username } = (await response.json()) as { username: string };
  return username;
}

async function fetchWithToken(way: WayId, url: URL): Promise<Response> {
  const token = isHandMade(way) ? await KEEPS[way].load() : null;
  return await fetch(url, { headers: { Authorization: `Bearer ${token}` } });
}
