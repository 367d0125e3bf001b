addEventListener("message", async ({ data: url }) => {
  const response = await fetch(url);
  postMessage({ status: response.status, text: await response.text() });
});
