import { expect, test } from "vitest";
import { factsOfLibfuzzer } from "./libfuzzer.mjs";

test("executions and coverage are those at the end", () => {
  const output = `
#2	INITED cov: 810 ft: 1200 corp: 40/12Kb exec/s: 0 rss: 40Mb
#4096	pulse  cov: 901 ft: 2201 corp: 99/31Kb lim: 4096 exec/s: 2048 rss: 44Mb
Done 8192 runs in 61 second(s)
stat::number_of_executed_units: 8192
stat::average_exec_per_sec:     134
`;
  expect(factsOfLibfuzzer(output)).toEqual({ executions: "8192", edges: "901", found: undefined });
});

test("a find is named by its file", () => {
  const output = `
SUMMARY: libFuzzer: deadly signal
artifact_prefix='/clone/crate/fuzz/artifacts/frames/'; Test unit written to /clone/crate/fuzz/artifacts/frames/crash-da39a3
`;
  expect(factsOfLibfuzzer(output).found).toBe("/clone/crate/fuzz/artifacts/frames/crash-da39a3");
});

test("a run that never began has no figures", () => {
  expect(factsOfLibfuzzer("error: could not compile")).toEqual({
    executions: "an unknown number of",
    edges: "no",
    found: undefined,
  });
});
