/** The `q` quantile (0 to 1) of `values`, interpolated between neighbours. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * q;
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined) throw new Error("a quantile of nothing");
  return below + (above - below) * (position - Math.floor(position));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The mean without the largest and smallest twentieth, to exclude outliers of a busy machine. */
export function trimmedMean(values: readonly number[]): number {
  const [low, high] = [quantile(values, 0.05), quantile(values, 0.95)];
  const kept = values.filter((value) => low <= value && value <= high);
  return kept.reduce((sum, value) => sum + value, 0) / kept.length;
}

/** The spread of values. */
export interface Spread {
  median: number;
  lowerQuartile: number;
  upperQuartile: number;
  least: number;
  greatest: number;
}

export function spread(values: readonly number[]): Spread {
  return {
    median: median(values),
    lowerQuartile: quantile(values, 0.25),
    upperQuartile: quantile(values, 0.75),
    least: Math.min(...values),
    greatest: Math.max(...values),
  };
}

/** `values` in a random order. */
export function shuffled<T>(values: readonly T[]): T[] {
  return values
    .map((value) => ({ value, key: Math.random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value);
}
