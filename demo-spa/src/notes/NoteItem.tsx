import type { Note } from "../api";
import type { Attempt } from "../problems/useAttempt";
import { Time } from "../Time";
import { AttachFile } from "./AttachFile";
import { DownloadFile } from "./DownloadFile";

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
