import data from "./budgets.json" with { type: "json" };
import type { BenchResults } from "./measure.js";
import { medianRatio } from "./sequential-latency.js";
import { costOfStop } from "./stopped-worker.js";

/** A sentence for each missed budget of `budgets.json`. */
export function missedBudgets({ sequentialLatency, stoppedWorker }: BenchResults): string[] {
  return [...missedLatencies(sequentialLatency), ...missedStop(stoppedWorker)];
}

function missedStop(results: BenchResults["stoppedWorker"]): string[] {
  const { contender, milliseconds } = data.stoppedWorker;
  const cost = costOfStop(results, contender);
  if (cost <= milliseconds) return [];
  return [
    `Budget missed: a stopped worker costs ${contender}'s next request ${cost.toFixed(0)} ms in the median; at most ${milliseconds} are allowed (tests/bench/budgets.json).`,
  ];
}

function missedLatencies(sequentialLatency: BenchResults["sequentialLatency"]): string[] {
  return data.sequentialLatency.flatMap(({ place, contender, against, medianRatioAtMost }) => {
    const measurement = sequentialLatency.find((measurement) => measurement.place === place);
    if (!measurement) throw new Error(`budgets.json names "${place}", where nothing is measured.`);
    const ratio = medianRatio(measurement, contender, against).overall;
    if (ratio <= medianRatioAtMost) return [];
    const noise = Math.abs(medianRatio(measurement, "floor again", "floor").overall - 1);
    return [
      `Budget missed: to an API on ${place}, ${contender}'s median latency is ${ratio.toFixed(3)} of the ${against}'s; at most ${medianRatioAtMost.toFixed(2)} is allowed (tests/bench/budgets.json). Two equal workers lie ${(100 * noise).toFixed(1)} % apart in this run.`,
    ];
  });
}
