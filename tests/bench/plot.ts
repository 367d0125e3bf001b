import type { Spread } from "./statistics.js";

/** A bar from zero to the median, with the spread of the rounds. */
export interface Bar {
  name: string;
  figures: Spread;
}

const WIDTH = 880;
const LEFT = 190;
const RIGHT = 90;
const TOP = 46;
const ROW = 30;
const FONT = 'font-family="sans-serif"';
/** Colours of Strongroom's bar and of the others; the labels also identify them. */
const COLOURS = { strongroom: "#0072b2", other: "#b5b5b5" };

/**
 * Horizontal bars with their quartiles, as SVG. Written by hand: chart libraries need a DOM and some thirty packages for this one
 * kind of picture.
 */
export function plot(title: string, unit: string, bars: readonly Bar[]): string {
  const height = TOP + bars.length * ROW + 38;
  const most = Math.max(...bars.map(({ figures }) => figures.upperQuartile)) * 1.05;
  const x = (value: number) => LEFT + (value / most) * (WIDTH - LEFT - RIGHT);
  const ticks = marks(most).map(
    (mark) =>
      `<line x1="${at(x(mark))}" y1="${TOP - 6}" x2="${at(x(mark))}" y2="${height - 32}" stroke="#e1e1e1"/>` +
      text(x(mark), height - 16, String(mark), "middle"),
  );
  const rows = bars.map(({ name, figures }, index) => {
    const y = TOP + index * ROW;
    const [low, high] = [x(figures.lowerQuartile), x(figures.upperQuartile)];
    const colour = name.startsWith("strongroom") ? COLOURS.strongroom : COLOURS.other;
    return [
      text(LEFT - 8, y + 16, name, "end"),
      `<rect x="${LEFT}" y="${y}" width="${at(x(figures.median) - LEFT)}" height="20" fill="${colour}"/>`,
      `<path d="M${at(low)} ${y + 10}H${at(high)}M${at(low)} ${y + 5}v10M${at(high)} ${y + 5}v10" stroke="#000"/>`,
      text(Math.max(x(figures.median), high) + 6, y + 16, figure(figures.median), "start"),
    ].join("\n");
  });
  return `<svg width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" xmlns="http://www.w3.org/2000/svg">
<title>${escaped(`${title}, ${unit}`)}</title>
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
<text x="${WIDTH / 2}" y="24" text-anchor="middle" ${FONT} font-size="16">${escaped(`${title}, ${unit}`)}</text>
${[...ticks, ...rows].join("\n")}
</svg>
`;
}

/** Round figures from zero to `most`. */
function marks(most: number): number[] {
  const rough = most / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough) ?? power;
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, index) =>
    Number((index * step).toPrecision(12)),
  );
}

function text(x: number, y: number, content: string, anchor: "start" | "middle" | "end"): string {
  return `<text x="${at(x)}" y="${y}" text-anchor="${anchor}" ${FONT} font-size="14">${escaped(content)}</text>`;
}

function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function at(coordinate: number): string {
  return coordinate.toFixed(1);
}

function escaped(content: string): string {
  return content.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
