import { describe, expect, it } from "vitest";
import type { Loot } from "../../servers/lab/loot.ts";
import { summaryOf } from "./summary";

const loot = (kind: Loot["kind"], worked = false): Loot => ({
  number: 1,
  attack: "reads localStorage",
  kind,
  excerpt: "abcdef",
  length: 10,
  uses: kind === "other" || kind === "end" ? [] : [{ what: "the API", status: worked ? 200 : 401, worked }],
});
const end = loot("end");

describe("the verdict", () => {
  it.each([
    ["while nothing has come", [], "…"],
    ["of texts alone", [loot("other"), end], "None"],
    ["of a token that is refused", [loot("access"), end], "None"],
    ["of one that works", [loot("access", true), loot("refresh")], "1"],
    ["of two that work", [loot("access", true), loot("refresh", true), end], "2"],
  ])("%s", (_when, all, count) => {
    expect(summaryOf(all).verdict.count).toBe(count);
  });

  it("lists every attack that ran, with the texts that it sent", () => {
    const played = [
      { attack: "reads localStorage", found: 0 },
      { attack: "hooks fetch", found: 2 },
    ];
    const text = loot("other");
    expect(summaryOf([text, loot("access", true), { ...end, played }]).attacks).toEqual([
      { attack: "reads localStorage", found: 0, texts: [text] },
      { attack: "hooks fetch", found: 2, texts: [] },
    ]);
    expect(summaryOf([text]).attacks).toEqual([]);
  });

  it("does not say that there was no token if one was refused", () => {
    expect(summaryOf([loot("access"), end]).verdict.sentence).not.toMatch(/no token/);
    expect(summaryOf([loot("other"), end]).verdict.sentence).toMatch(/no token/);
  });
});
