/** Rows of cells as aligned text: the first column left, the others right, the first row underlined. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>(
    (widths, row) => row.map((cell, column) => Math.max(cell.length, widths[column] ?? 0)),
    [],
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("   ");
  const [header = [], ...body] = rows.map(line);
  return [header, "-".repeat(header.length), ...body].join("\n");
}
