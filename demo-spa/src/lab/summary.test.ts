import { describe, expect, it } from "vitest";
import type { Loot } from "../../servers/lab/loot.ts";
import { summaryOf } from "./summary";

const loot = (kind: Loot["kind"], worked = false, place = "localStorage"): Loot => ({
  number: 1,
  place,
  kind,
  tail: kind === "other" || kind === "end" ? null : "abcdef",
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

  it("does not say that there was no token if one was refused", () => {
    expect(summaryOf([loot("access"), end]).verdict.sentence).not.toMatch(/no token/);
    expect(summaryOf([loot("other"), end]).verdict.sentence).toMatch(/no token/);
  });
});

it("other texts are told by place, with their number", () => {
  const all = [loot("other", false, "A"), loot("other", false, "B"), loot("other", false, "A"), end];
  expect(summaryOf(all)).toMatchObject({
    finished: true,
    tokens: [],
    others: [
      { place: "A", count: 2 },
      { place: "B", count: 1 },
    ],
  });
});
