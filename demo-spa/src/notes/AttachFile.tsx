import { type ChangeEvent, useState } from "react";
import type { Note } from "../api";

interface AttachFileProps {
  note: Note;
  attach(file: File): Promise<boolean>;
}

/** A file input that looks like a button: the input itself stays in place, so that keyboard and drag work on it. */
export function AttachFile({ note, attach }: AttachFileProps) {
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
