// Put in front of a vault's worker script: notes what the first evaluation of the script does with its time, which is
// what a worker that was stopped takes before it takes a request. A page gets the notes by posting "start-profile" with a port.
{
  const begun = performance.now();
  const notes = { load: 0, decode: 0, compile: 0, instantiate: 0, evaluation: 0 };
  let loading = begun;
  let decoding = begun;

  // The package's worker file, which is parsed before any line of it runs.
  const { importScripts } = self;
  self.importScripts = (...urls) => {
    loading = performance.now();
    importScripts(...urls);
  };
  // Decoding begins with one of these, and ends with the module.
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
  // After the script's last line, before anything else.
  Promise.resolve().then(() => {
    notes.evaluation = performance.now() - begun;
  });
  addEventListener("message", ({ data, ports }) => {
    if (data === "start-profile") ports[0].postMessage(notes);
  });
}
