// Runs before a vault's worker script and records the time of the script's first evaluation by part, which a restarted worker
// takes before it accepts a request. The browser has parsed the script by then. A page gets the record by posting
// "start-profile" with a port.
{
  const begun = performance.now();
  const notes = { decode: 0, compile: 0, instantiate: 0, evaluation: 0 };

  const { fromHex } = Uint8Array;
  Uint8Array.fromHex = (hex) => {
    const begun = performance.now();
    const bytes = fromHex.call(Uint8Array, hex);
    notes.decode += performance.now() - begun;
    return bytes;
  };
  const timed = (name, note) => {
    WebAssembly[name] = new Proxy(WebAssembly[name], {
      construct(Type, parameters) {
        const begun = performance.now();
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
