import { useRef, useState } from "react";
import type { Note } from "../api";
import { Panel } from "../Panel";
import { AddNote } from "./AddNote";
import { NoteItem } from "./NoteItem";
import { useNotes } from "./useNotes";

/** Notes that the API stores, each with at most one file. */
export function Notes() {
  const { notes, loading, reload, add, remove, attach, attempt } = useNotes();
  const [news, setNews] = useState("");
  const input = useRef<HTMLInputElement>(null);

  const tell = async (done: Promise<boolean>, sentence: string) => {
    if (!(await done)) return false;
    setNews(sentence);
    return true;
  };

  const removeAndMoveOn = async (note: Note) => {
    const removed = await tell(remove(note), "Note deleted.");
    // The button that had the focus went with the note; without this the keyboard starts again at the top of the page.
    if (removed) input.current?.focus();
  };

  return (
    <Panel title="Notes" lead="The API stores your notes. This page sends each request with plain fetch.">
      <AddNote input={input} add={(text) => tell(add(text), "Note added.")} />
      {notes === null && <NotLoaded loading={loading} reload={reload} />}
      {notes?.length === 0 && <p className="empty">No notes yet. The first one you add appears here.</p>}
      <ul className="notes">
        {notes?.map((note) => (
          <NoteItem
            key={note.id}
            note={note}
            attempt={attempt}
            remove={() => removeAndMoveOn(note)}
            attach={(file) => tell(attach(note, file), `${file.name} attached.`)}
          />
        ))}
      </ul>
      <p role="status" className="visually-hidden">
        {news}
      </p>
    </Panel>
  );
}

function NotLoaded({ loading, reload }: { loading: boolean; reload(): void }) {
  if (loading) return <p className="empty">Loading your notes…</p>;
  return (
    <div className="empty">
      <p>Your notes could not be loaded.</p>
      <button type="button" className="button button-quiet" onClick={reload}>
        Try again
      </button>
    </div>
  );
}
