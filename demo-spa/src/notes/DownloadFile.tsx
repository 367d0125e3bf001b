import { downloadFile, type Note, type NoteFile } from "../api";
import type { Attempt } from "../problems/useAttempt";
import { fileSize } from "./fileSize";
import { saveBlob } from "./saveBlob";

interface DownloadFileProps {
  note: Note;
  file: NoteFile;
  attempt: Attempt;
}

/** A button and not a link: a navigation never carries the token, by design; a fetch does. */
export function DownloadFile({ note, file, attempt }: DownloadFileProps) {
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
