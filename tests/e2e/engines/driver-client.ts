import { HttpClient, type Request, type Response } from "selenium-webdriver/http/index.js";

/** Longer than any command may take by the timeouts of a session, in milliseconds. */
const DRIVER_TIMEOUT_MS = 120_000;

/** A client of a driver, with a timeout: WebKitGTK's driver has been seen to hang. */
export class DriverClient extends HttpClient {
  #hung: Error | null = null;

  override send(request: Request): Promise<Response> {
    if (this.#hung) return Promise.reject(this.#hung);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#hung = new Error(
          `the driver has not answered for ${DRIVER_TIMEOUT_MS / 1_000} s: ${String(request).split("\n", 1)}`,
        );
        reject(this.#hung);
      }, DRIVER_TIMEOUT_MS);
      super
        .send(request)
        .then(resolve, reject)
        .finally(() => clearTimeout(timer));
    });
  }
}
