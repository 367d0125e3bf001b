import { expect, test } from "vitest";
import { run } from "./commands.mjs";

test("a command without output is stopped after the limit", async () => {
  const { ok, output } = await run("sleep", ["60"], { limit: 100 });
  expect(ok).toBe(false);
  expect(output).toContain("sleep was stopped");
});

test("a command with output is not stopped, however long it takes", async () => {
  const script = "for line in 1 2 3 4 5 6; do echo $line; sleep 0.5; done";
  expect(await run("sh", ["-c", script], { limit: 2_000 })).toEqual({
    ok: true,
    output: "1\n2\n3\n4\n5\n6\n",
  });
});
