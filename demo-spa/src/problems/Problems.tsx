import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from "react";
import { type Problem, problemOf } from "./problem";

/** Current problems by topic. A topic has at most one, which its next success removes. */
type Problems = ReadonlyMap<string, Problem>;

interface ProblemActions {
  report(topic: string, problem: Problem): void;
  clear(topic: string): void;
  clearAll(): void;
}

export function ProblemProvider({ children }: { children: ReactNode }) {
  const [problems, setProblems] = useState<Problems>(NONE);
  const actions = useMemo<ProblemActions>(
    () => ({
      report: (topic, problem) => setProblems((current) => new Map(current).set(topic, problem)),
      clear: (topic) => setProblems((current) => (current.has(topic) ? without(current, topic) : current)),
      clearAll: () => setProblems(NONE),
    }),
    [],
  );
  return (
    <ActionsContext value={actions}>
      <ProblemsContext value={problems}>{children}</ProblemsContext>
    </ActionsContext>
  );
}

function useProblems(): Problems {
  return useContext(ProblemsContext);
}

export function useProblemActions(): ProblemActions {
  const actions = useContext(ActionsContext);
  if (!actions) throw new Error("useProblemActions() needs a <ProblemProvider> above it");
  return actions;
}

const NONE: Problems = new Map();
const ProblemsContext = createContext<Problems>(NONE);
const ActionsContext = createContext<ProblemActions | null>(null);

function without(problems: Problems, topic: string): Problems {
  const rest = new Map(problems);
  rest.delete(topic);
  return rest;
}

/** Runs `work`. Reports a problem if it fails, and removes the topic's problem if it succeeds. */
export type Attempt = (doing: string, work: () => Promise<void>) => Promise<boolean>;

export function useAttempt(topic: string): Attempt {
  const { report, clear } = useProblemActions();
  return useCallback(
    async (doing, work) => {
      try {
        await work();
        clear(topic);
        return true;
      } catch (error) {
        report(topic, problemOf(error, doing));
        return false;
      }
    },
    [topic, report, clear],
  );
}

interface ProblemRegionProps {
  /** For problems that signing in again may solve. */
  signIn?: () => void;
}

/** All current problems. Stays in view while the page scrolls. */
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

/** Shows each remedy once, because one cause often fails several requests. */
function byRemedy(problems: Problem[]): [string, string[]][] {
  const groups = new Map<string, string[]>();
  for (const { sentence, remedy } of problems) groups.set(remedy, [...(groups.get(remedy) ?? []), sentence]);
  return [...groups];
}
