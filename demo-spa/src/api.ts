import { apiBase } from "./config";

// Plain fetch: the vault's worker adds the token on the way to the API.

/** What the API received. */
export interface Me {
  scheme: string;
  tokenUse: string;
  jtiTail: string;
  sub: string;
  username: string;
  scope: string;
  groups: string[];
  receivedAt: string;
}

export interface NoteFile {
  name: string;
  type: string;
  bytes: number;
}

export interface Note {
  id: string;
  text: string;
  createdAt: string;
  file: NoteFile | null;
}

/** The API responded with an error status or, with `status: null`, not at all. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly status: number | null,
    readonly url: URL,
    options?: ErrorOptions,
  ) {
    super(
      status === null ? `${url.origin} did not respond` : `${url.origin} responded with ${status}`,
      options,
    );
  }
}

export async function whoAmI(): Promise<Me> {
  return json(await send("me"));
}

export async function listNotes(): Promise<Note[]> {
  return json(await send("notes"));
}

export async function addNote(text: string): Promise<Note> {
  const headers = { "Content-Type": "application/json" };
  return json(await send("notes", { method: "POST", headers, body: JSON.stringify({ text }) }));
}

export async function deleteNote({ id }: Note): Promise<void> {
  await send(`notes/${encodeURIComponent(id)}`, { method: "DELETE" });
}

/** Browsers read a `File` from disk while they send it, never as a whole into memory. */
export async function attachFile({ id }: Note, file: File): Promise<Note> {
  const path = `notes/${encodeURIComponent(id)}/file?${new URLSearchParams({ name: file.name })}`;
  // A 413 during the upload looks like a broken connection, so check the size here.
  if (file.size > MAX_FILE_BYTES) throw new ApiError(413, new URL(path, await apiBase()));
  return json(await send(path, { method: "PUT", body: file }));
}

const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** `blob()` reads the stream as it arrives, and browsers keep a large blob on disk. */
export async function downloadFile({ id }: Note): Promise<Blob> {
  const path = `notes/${encodeURIComponent(id)}/file`;
  const response = await send(path);
  // `response.url` is empty if the vault has an origin of its own.
  const url = new URL(path, await apiBase());
  return response.blob().catch((cause) => {
    throw new ApiError(null, url, { cause });
  });
}

async function send(path: string, init?: RequestInit): Promise<Response> {
  const url = new URL(path, await apiBase());
  const response = await fetch(url, init).catch((cause) => {
    throw new ApiError(null, url, { cause });
  });
  if (!response.ok) throw new ApiError(response.status, url);
  return response;
}

async function json<T>(response: Response): Promise<T> {
  return response.json();
}
