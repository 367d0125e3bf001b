/** Saves `blob` as a file called `name` on the user's disk. */
export function saveBlob(blob: Blob, name: string): void {
  if (last) URL.revokeObjectURL(last);
  // As bare bytes: a blob URL is of this page's origin, and a note's file that says it is HTML must not become a page of it.
  last = URL.createObjectURL(blob.slice(0, blob.size, "application/octet-stream"));
  const link = document.createElement("a");
  link.href = last;
  link.download = name;
  link.click();
}

/** Kept until the next one: the download begins after `click()` returns, and a URL revoked before that is an empty file. */
let last: string | undefined;
