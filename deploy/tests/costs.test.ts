import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { cost, costTables, monthlyUnits, readPrices, withCosts } from "../costs.mjs";

test("each unit has the price of its tier", () => {
  const tiers: [number | null, number][] = [
    [10, 0],
    [30, 2],
    [null, 1],
  ];
  for (const [units, dollars] of [
    [0, 0],
    [10, 0],
    [11, 2],
    [30, 40],
    [31, 41],
    [1_030, 1_040],
  ] as const) {
    expect(cost(tiers, units), String(units)).toBe(dollars);
  }
});

test("tiers rise, the last one is open, and every price has a source", () => {
  for (const [name, { tiers, source }] of Object.entries(readPrices().prices)) {
    const ends = tiers.map(([upTo]) => upTo);
    expect(ends.at(-1), name).toBeNull();
    expect(ends.slice(0, -1), name).toEqual(ends.slice(0, -1).toSorted((a, b) => (a ?? 0) - (b ?? 0)));
    expect(source, name).toContain("aws.amazon.com");
  }
});

test("every unit that is counted has a price", () => {
  const prices = readPrices();
  for (const key of Object.keys(monthlyUnits(prices, 1))) expect(prices.prices).toHaveProperty(key);
});

test("the page has the costs of these prices", () => {
  const page = readFileSync(new URL("../../docs/deploy.md", import.meta.url), "utf8");
  expect(withCosts(page, costTables(readPrices())), "node deploy/costs.mjs").toBe(page);
});
