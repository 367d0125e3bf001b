// Runs before a vault's worker script and records the time of the script's first evaluation by part, which a restarted worker
// takes before it accepts a request. A page gets the record by posting "start-profile" with a port.
{
  const begun = performance.now();
  const notes = { load: 0, decode: 0, compile: 0, instantiate: 0, evaluation: 0 };
  let loading = begun;
  let decoding = begun;

  // The package's worker file, which is parsed before it runs.
  const { importScripts } = self;
  self.importScripts = (...urls) => {
    loading = performance.now();
    importScripts(...urls);
  };
  // Decoding begins with one of these calls and ends with the module.
  self.TextEncoder = new Proxy(self.TextEncoder, {
    construct(TextEncoder) {
      decoding = performance.now();
      return new TextEncoder();
    },
  });
  const timed = (name, note) => {
    WebAssembly[name] = new Proxy(WebAssembly[name], {
      construct(Type, parameters) {
        const begun = performance.now();
        if (name === "Module") {
          notes.load = decoding - loading;
          notes.decode = begun - decoding;
        }
        const made = new Type(...parameters);
        notes[note] += performance.now() - begun;
        return made;
      },
    });
  };
  timed("Module", "compile");
  timed("Instance", "instantiate");
  // Right after the script's last line.
  Promise.resolve().then(() => {
    notes.evaluation = performance.now() - begun;
  });
  addEventListener("message", ({ data, ports }) => {
    if (data === "start-profile") ports[0].postMessage(notes);
  });
}
