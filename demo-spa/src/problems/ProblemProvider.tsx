import { createContext, type ReactNode, useContext, useMemo, useState } from "react";
import type { Problem } from "./problem";

/** Current problems by topic: one topic has one problem at most, and its next success takes it away. */
export type Problems = ReadonlyMap<string, Problem>;

export interface ProblemActions {
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

export function useProblems(): Problems {
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
