// Runs before a vault's worker script and counts calls between JavaScript and the wasm, by the glue's source. A page gets
// and resets the counts by posting "crossings" with a port.
{
  let counts = {};
  const counted = (direction, name, crossing) => {
    if (typeof crossing !== "function") return crossing;
    return (...parameters) => {
      const key = `${direction} ${name}`;
      counts[key] = (counts[key] ?? 0) + 1;
      return crossing(...parameters);
    };
  };
  const all = (direction, named, crossings) =>
    Object.fromEntries(
      Object.entries(crossings).map(([name, it]) => [name, counted(direction, named(name, it), it)]),
    );

  WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
    construct(Instance, [module, imports]) {
      const outOf = Object.fromEntries(
        Object.entries(imports).map(([name, crossings]) => [
          name,
          all("out of", (_, it) => String(it), crossings),
        ]),
      );
      const { exports } = new Instance(module, outOf);
      const instance = Object.create(Instance.prototype);
      Object.defineProperty(instance, "exports", { value: all("into", (name) => name, exports) });
      return instance;
    },
  });

  addEventListener("message", ({ data, ports }) => {
    if (data !== "crossings") return;
    ports[0].postMessage(counts);
    counts = {};
  });
}
