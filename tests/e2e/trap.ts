/**
 * Put before the worker's script: the wasm traps when it gets an event whose request has `trap` in its query, the first time for each
 * URL. It recognizes the call by its argument, because the build shortens the names of the wasm's exports.
 */
export const TRAP = `{
  const { Instance } = WebAssembly;
  const trapped = new Set();
  const springs = ({ url }) => new URL(url).searchParams.has("trap") && !trapped.has(url) && trapped.add(url);
  const trapping = (exported) => (...args) => {
    if (args.some((it) => it?.request && springs(it.request))) throw new WebAssembly.RuntimeError("unreachable");
    return exported(...args);
  };
  WebAssembly.Instance = function (module, imports) {
    const { exports } = new Instance(module, imports);
    const all = Object.entries(exports).map(([name, it]) => [name, typeof it === "function" ? trapping(it) : it]);
    const instance = Object.create(Instance.prototype);
    Object.defineProperty(instance, "exports", { value: Object.fromEntries(all) });
    return instance;
  };
}
`;
