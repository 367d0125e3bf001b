import { startCodeFlowApp } from "./code-flow.js";

const opened = new Promise<IDBDatabase>((resolve, reject) => {
  const request = indexedDB.open("tokens", 1);
  request.onupgradeneeded = () => request.result.createObjectStore("tokens");
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

await startCodeFlowApp({
  async load() {
    const request = (await opened).transaction("tokens").objectStore("tokens").get("access_token");
    return await new Promise((resolve) => {
      request.onsuccess = () => resolve((request.result as string | undefined) ?? null);
    });
  },
  async save({ access_token }) {
    const transaction = (await opened).transaction("tokens", "readwrite");
    transaction.objectStore("tokens").put(access_token, "access_token");
    await new Promise((resolve) => {
      transaction.oncomplete = resolve;
    });
  },
});
