import { type FormEvent, type RefObject, useCallback, useEffect, useId, useRef, useState } from "react";
import { addNote, attachFile, deleteNote, listNotes, type Note } from "../api";
import { Panel } from "../Panel";
import { type Attempt, useAttempt } from "../problems/Problems";
import { NoteItem } from "./NoteItem";

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
    // The focused button was removed with the note; without this, the focus moves to the top of the page.
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

interface AddNoteProps {
  input: RefObject<HTMLInputElement | null>;
  /** Resolves to whether the note was added. */
  add(text: string): Promise<boolean>;
}

function AddNote({ input, add }: AddNoteProps) {
  const id = useId();
  const [text, setText] = useState("");

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    // A note that could not be added stays in the field.
    if (await add(text.trim())) setText("");
    input.current?.focus();
  };

  return (
    <form className="add-note" onSubmit={submit}>
      <label htmlFor={id}>New note</label>
      <div className="add-note-line">
        <input
          ref={input}
          id={id}
          data-testid="note-input"
          value={text}
          onChange={(event) => setText(event.target.value)}
          required
          pattern=".*\S.*"
          title="At least one visible character"
          autoComplete="off"
        />
        <button type="submit" className="button button-brass" data-testid="note-add">
          Add
        </button>
      </div>
    </form>
  );
}

interface NotesState {
  /** `null` until the API has responded. */
  notes: Note[] | null;
  loading: boolean;
  reload(): Promise<void>;
  add(text: string): Promise<boolean>;
  remove(note: Note): Promise<boolean>;
  attach(note: Note, file: File): Promise<boolean>;
  attempt: Attempt;
}

/** The signed-in user's notes, as the API has confirmed them. */
function useNotes(): NotesState {
  const [notes, setNotes] = useState<Note[] | null>(null);
  const [loading, setLoading] = useState(true);
  const attempt = useAttempt("notes");

  const reload = useCallback(async () => {
    setLoading(true);
    await attempt("load your notes", async () => setNotes(await listNotes()));
    setLoading(false);
  }, [attempt]);
  useEffect(() => {
    reload();
  }, [reload]);

  const change = (apply: (current: Note[]) => Note[]) => setNotes((current) => apply(current ?? []));
  return {
    notes,
    loading,
    reload,
    attempt,
    add: (text) =>
      attempt("add the note", async () => {
        const note = await addNote(text);
        change((current) => [...current, note]);
      }),
    remove: (note) =>
      attempt("delete the note", async () => {
        await deleteNote(note);
        change((current) => current.filter(({ id }) => id !== note.id));
      }),
    attach: (note, file) =>
      attempt("attach the file", async () => {
        const attached = await attachFile(note, file);
        change((current) => current.map((each) => (each.id === note.id ? attached : each)));
      }),
  };
}
