import { useCallback, useEffect, useState } from "react";
import { addNote, attachFile, deleteNote, listNotes, type Note } from "../api";
import { type Attempt, useAttempt } from "../problems/useAttempt";

export interface Notes {
  /** `null` until the API has answered. */
  notes: Note[] | null;
  loading: boolean;
  reload(): Promise<void>;
  add(text: string): Promise<boolean>;
  remove(note: Note): Promise<boolean>;
  attach(note: Note, file: File): Promise<boolean>;
  attempt: Attempt;
}

/** The signed-in user's notes. What is shown is what the API has confirmed. */
export function useNotes(): Notes {
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
