/**
 * How far a run of libFuzzer came, by its own output.
 *
 * @param {string} output
 */
export function factsOfLibfuzzer(output) {
  return {
    executions: output.match(/^stat::number_of_executed_units: *(\d+)/m)?.[1] ?? "an unknown number of",
    edges: Array.from(output.matchAll(/\bcov: (\d+)/g), ([, edges]) => edges).at(-1) ?? "no",
    /** The file with the input that something did not hold of. */
    found: output.match(/Test unit written to (\S+)/)?.[1],
  };
}
