import { useEffect, useState } from "react";
import { config } from "../config";

/** The way to the lab, where there is one. */
export function LabLink() {
  const [lab, setLab] = useState<string | null>(null);
  useEffect(() => {
    // Without a configuration there are worse problems, and others tell them.
    config().then(
      ({ lab: sites }) => setLab(sites?.vault ?? null),
      () => {},
    );
  }, []);
  return (
    lab && (
      <a className="masthead-link" href={lab} data-testid="lab-link">
        Attack lab
      </a>
    )
  );
}
