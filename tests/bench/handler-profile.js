// Put in front of a worker's own script: notes when its fetch listener begins, makes a request, sets a header and
// calls fetch. A page gets the notes by posting "handler-profile" with a port.
{
  let notes = [];
  let note = {};

  // First of the listeners: the worker's own one runs right after it.
  addEventListener("fetch", () => {
    note = { listener: performance.now() };
  });

  self.Request = new Proxy(self.Request, {
    construct(Request, parameters) {
      const begun = performance.now();
      const request = new Request(...parameters);
      note.requestBegun = begun;
      note.requestMade = performance.now();
      return request;
    },
  });

  const { fetch } = self;
  self.fetch = (...parameters) => {
    const begun = performance.now();
    const response = fetch(...parameters);
    notes.push({ ...note, fetchBegun: begun, fetchReturned: performance.now() });
    return response;
  };

  addEventListener("message", ({ data, ports }) => {
    if (data !== "handler-profile") return;
    ports[0].postMessage({ notes, fineClock: crossOriginIsolated });
    notes = [];
  });
}
