import { type ChangeEvent, useState } from "react";
import { downloadFile, type Note, type NoteFile } from "../api";
import { Time } from "../Panel";
import type { Attempt } from "../problems/Problems";

interface NoteItemProps {
  note: Note;
  attempt: Attempt;
  remove(): void;
  attach(file: File): Promise<boolean>;
}

export function NoteItem({ note, attempt, remove, attach }: NoteItemProps) {
  return (
    <li className="note" data-testid="note">
      <div className="note-words">
        <p>{note.text}</p>
        <p className="note-time">
          <Time at={note.createdAt} />
        </p>
        {note.file && <DownloadFile note={note} file={note.file} attempt={attempt} />}
      </div>
      <div className="note-actions">
        <AttachFile note={note} attach={attach} />
        <button
          type="button"
          className="button button-quiet button-danger"
          data-testid="note-delete"
          aria-label={`Delete note: ${note.text}`}
          onClick={remove}
        >
          Delete
        </button>
      </div>
    </li>
  );
}

interface AttachFileProps {
  note: Note;
  attach(file: File): Promise<boolean>;
}

/** A file input that looks like a button: the input itself stays in place, so that keyboard and drag work on it. */
function AttachFile({ note, attach }: AttachFileProps) {
  const [sending, setSending] = useState(false);

  const choose = async ({ currentTarget: input }: ChangeEvent<HTMLInputElement>) => {
    const file = input.files?.[0];
    if (!file) return;
    setSending(true);
    await attach(file);
    setSending(false);
    input.value = ""; // so that choosing the same file again is a change again
  };

  return (
    <label className="button button-quiet file-button" aria-busy={sending}>
      <span aria-hidden="true">{sending ? "Sending…" : note.file ? "Replace file" : "Attach file"}</span>
      <input
        type="file"
        data-testid="note-file"
        aria-label={`${note.file ? "Replace the file of" : "Attach a file to"} note: ${note.text}`}
        disabled={sending}
        onChange={choose}
      />
    </label>
  );
}

interface DownloadFileProps {
  note: Note;
  file: NoteFile;
  attempt: Attempt;
}

/** A button, not a link, because navigations never carry the token. */
function DownloadFile({ note, file, attempt }: DownloadFileProps) {
  const download = () =>
    attempt("download the file", async () => saveBlob(await downloadFile(note), file.name));
  return (
    <button
      type="button"
      className="button button-quiet note-download"
      data-testid="note-download"
      aria-label={`Download ${file.name}, ${fileSize(file.bytes)}`}
      onClick={download}
    >
      <span>{file.name}</span>
      <span className="note-download-size">{fileSize(file.bytes)}</span>
    </button>
  );
}

/** Saves `blob` as a file called `name` on the user's disk. */
function saveBlob(blob: Blob, name: string): void {
  if (last) URL.revokeObjectURL(last);
  // As bytes without a type: a blob URL has this page's origin, so an HTML file of a note must not become a page.
  last = URL.createObjectURL(blob.slice(0, blob.size, "application/octet-stream"));
  const link = document.createElement("a");
  link.href = last;
  link.download = name;
  link.click();
}

/** Revoked by the next download, because a download starts after `click()` has returned. */
let last: string | undefined;

/** A number of bytes as people write it: "817 B", "3.2 MB". */
function fileSize(bytes: number): string {
  if (bytes < KILO) return `${bytes} B`;
  return bytes < KILO * KILO ? `${(bytes / KILO).toFixed(1)} kB` : `${(bytes / KILO / KILO).toFixed(1)} MB`;
}

/** As the API counts its limit, so that the two can be compared. */
const KILO = 1024;
