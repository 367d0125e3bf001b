import { expect, test } from "vitest";
import { plot } from "./plot.js";
import { spread } from "./statistics.js";

test("a bar in a plot has the length and the label of its median", () => {
  const svg = plot("Latency", "ms", [
    { name: "floor", figures: spread([2, 2, 2]) },
    { name: "strongroom", figures: spread([4, 4, 4]) },
  ]);
  const [floor = 0, strongroom = 0] = [...svg.matchAll(/<rect [^>]*width="([\d.]+)" height="20"/g)].map(
    ([, width]) => Number(width),
  );
  expect(strongroom / floor).toBeCloseTo(2, 1);
  expect(svg).toContain(">4.00</text>");
  expect(svg).toContain("<title>Latency, ms</title>");
});

test("a plot escapes names", () => {
  const svg = plot("a < b & c", "ms", [{ name: '"<script>"', figures: spread([1]) }]);
  expect(svg).not.toMatch(/<script|& c/);
  expect(svg).toContain("&#60;script&#62;");
});
