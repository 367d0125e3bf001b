import { attack } from "../attack.js";

export default attack({
  name: "sends every kind of request to every endpoint",
  threat: "single-execution theft",
  target: "strongroom",
  async payload(it) {
    const names = [
      "session",
      "events",
      "refresh",
      "keep",
      "login",
      "callback",
      "token",
      "tokens",
      "config",
      "",
    ];
    const suffixes = [
      "",
      "/",
      "?",
      "?debug=1",
      "?token=access&format=json",
      "?key=AAAA",
      "#x",
      ".json",
      "%00",
      "?code=x&state=y",
    ];
    const asks: [string, RequestInit][] = [];
    for (const name of [...names, "../auth/session", "./session", "SESSION", "session;x", "keep/.."]) {
      for (const suffix of suffixes) asks.push([`/auth/${name}${suffix}`, {}]);
      for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]) {
        asks.push([
          `/auth/${name}`,
          { method, ...(method === "HEAD" ? {} : { body: "grant_type=refresh_token" }) },
        ]);
      }
      for (const headers of [
        { accept: "application/jwt" },
        { authorization: "Bearer x" },
        { "content-type": "application/vnd.strongroom.frames" },
        { "service-worker": "script" },
        { "x-http-method-override": "POST" },
        { range: "bytes=0-" },
      ] as Record<string, string>[]) {
        asks.push([`/auth/${name}`, { headers }]);
      }
    }
    const ask = async ([url, init]: [string, RequestInit]) => {
      try {
        const response = await fetch(url, { ...init, signal: AbortSignal.timeout(1_500) });
        it.steal(response.url, [...response.headers]);
        // A stream does not end, so read only its first chunk.
        const reader = response.body?.getReader();
        const chunk = await reader?.read();
        it.steal(new TextDecoder("latin1").decode(chunk?.value));
        await reader?.cancel();
      } catch (error) {
        it.steal(String(error));
      }
    };
    for (let start = 0; start < asks.length; start += 20)
      await Promise.all(asks.slice(start, start + 20).map(ask));
    await it.pause(100);
  },
});
