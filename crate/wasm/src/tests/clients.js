/**
 * From here on these are the service worker's clients: `{ id: { type, url } }` as JSON, where a missing URL is that of
 * the worker's own script.
 */
export class Clients {
  constructor(json) {
    const clients = new Map(Object.entries(JSON.parse(json)).map(([id, facts]) => [id, client(id, facts)]));
    self.clients.get = async (id) => {
      if (id === "unheard of") throw new DOMException("no", "InvalidStateError");
      return clients.get(id);
    };
    self.clients.matchAll = async ({ type }) =>
      [...clients.values()].filter((client) => type === "all" || client.type === type);
  }

  restore() {
    delete self.clients.get;
    delete self.clients.matchAll;
  }
}

function client(id, { type, url = location.href }) {
  return Object.create(Client.prototype, { id: { value: id }, type: { value: type }, url: { value: url } });
}
