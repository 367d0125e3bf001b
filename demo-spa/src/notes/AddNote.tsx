import { type FormEvent, type RefObject, useId, useState } from "react";

interface AddNoteProps {
  input: RefObject<HTMLInputElement | null>;
  /** Resolves to whether the note was added. */
  add(text: string): Promise<boolean>;
}

export function AddNote({ input, add }: AddNoteProps) {
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
