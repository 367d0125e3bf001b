import { randomUUID } from "node:crypto";

export interface Note {
  id: string;
  text: string;
  createdAt: string;
  file: { name: string; type: string; bytes: number } | null;
}

/** One user's notes, in memory, oldest first. */
export class Notes {
  readonly #notes = new Map<string, Note>();
  readonly #contents = new Map<string, Buffer>();

  list(): Note[] {
    return [...this.#notes.values()];
  }

  find(id: string): Note | undefined {
    return this.#notes.get(id);
  }

  add(text: string): Note {
    const note: Note = { id: randomUUID(), text, createdAt: new Date().toISOString(), file: null };
    this.#notes.set(note.id, note);
    return note;
  }

  attach(note: Note, name: string, type: string, content: Buffer): void {
    note.file = { name, type, bytes: content.length };
    this.#contents.set(note.id, content);
  }

  content(note: Note): Buffer | undefined {
    return this.#contents.get(note.id);
  }

  /** Whether there was such a note. */
  remove(id: string): boolean {
    this.#contents.delete(id);
    return this.#notes.delete(id);
  }
}
