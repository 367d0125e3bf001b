import { useEffect, useState } from "react";
import type { Loot } from "../../servers/lab/loot.ts";
import { useProblemActions } from "../problems/ProblemProvider";

/** What has arrived in the run at `url`, as it arrives. */
export function useLoot(url: string | null): readonly Loot[] {
  const [loot, setLoot] = useState<readonly Loot[]>([]);
  const { report, clear } = useProblemActions();

  useEffect(() => {
    setLoot([]);
    if (url === null) return;
    const source = new EventSource(url);
    source.onopen = () => clear("lab-attacker");
    source.onmessage = ({ data }) => {
      const next = JSON.parse(data) as Loot;
      // After a break in the line the server begins again at the first.
      setLoot((before) => [...before.filter(({ number }) => number !== next.number), next]);
    };
    source.onerror = () =>
      report("lab-attacker", {
        sentence: `The attacker’s server at ${new URL(url).host} does not answer.`,
        remedy: "Check that the demo is still running.",
      });
    return () => source.close();
  }, [url, report, clear]);

  return loot;
}
