import { expect, test } from "vitest";
import { nameOf } from "./crossings.js";

test.each([
  ["into _39", "calls into the wasm"],
  ["out of function(A){return A.request}", ".request"],
  ["out of function(){return performance.now()}", "performance.now()"],
  ["out of function(A,C){A.redirect=p[C]}", ".redirect"],
  ["out of function(){return u(function(A,C){return new Request(A,C)},arguments)}", "new Request"],
  ["out of function(){return u(function(A,C,j,t,s){A.set(H(C,j),H(t,s))},arguments)}", ".set"],
  ["out of function(A){A._wbg_cb_unref()}", "a callback let go"],
  ["out of function(A,C){return jA(A,C,r)}", "a callback made for a promise"],
])("%s is %s", (crossing, name) => {
  expect(nameOf(crossing)).toBe(name);
});
