interface TimeProps {
  at: number | string;
  /** `clock`: the time of day to the second, for what happens now or soon. Default: the date to the minute. */
  precision?: keyof typeof FORMATS;
}

/** A moment in the reader's own time zone and language, and in full for machines. */
export function Time({ at, precision = "minute" }: TimeProps) {
  const date = new Date(at);
  return (
    <time className={precision} dateTime={date.toISOString()}>
      {FORMATS[precision].format(date)}
    </time>
  );
}

const FORMATS = {
  minute: new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" }),
  second: new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" }),
  clock: new Intl.DateTimeFormat(undefined, { timeStyle: "medium" }),
};
