import { useProblemActions, useProblems } from "./ProblemProvider";
import type { Problem } from "./problem";

interface ProblemRegionProps {
  /** For problems that signing in again may solve. */
  signIn?: () => void;
}

/** Everything that is wrong right now, in sentences. It stays in view while the page scrolls. */
export function ProblemRegion({ signIn }: ProblemRegionProps) {
  const problems = [...useProblems().values()];
  const { clearAll } = useProblemActions();
  if (problems.length === 0) return null;
  return (
    <div className="problem-region">
      <div role="alert" data-testid="error" className="problems">
        {byRemedy(problems).map(([remedy, sentences]) => (
          <p key={remedy}>
            <strong>{sentences.join(" ")}</strong> {remedy}
          </p>
        ))}
      </div>
      <div className="problem-actions">
        {signIn && problems.some(({ action }) => action === "sign-in") && (
          <button type="button" className="button" onClick={signIn}>
            Sign in again
          </button>
        )}
        <button type="button" className="button" onClick={clearAll}>
          Dismiss
        </button>
      </div>
    </div>
  );
}

/** One cause often fails several requests at once: what to do about it is said once. */
function byRemedy(problems: Problem[]): [string, string[]][] {
  const groups = new Map<string, string[]>();
  for (const { sentence, remedy } of problems) groups.set(remedy, [...(groups.get(remedy) ?? []), sentence]);
  return [...groups];
}
