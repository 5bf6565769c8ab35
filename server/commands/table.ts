/** Rows of text in columns as wide as their widest cell, under a heading. */
export const table = (heading: readonly string[], rows: readonly (readonly string[])[]): string[] => {
  const widths = heading.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [heading, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
};

/** A date as a person reads it, to the minute, in UTC; a dash for none. */
export const shownDate = (text: string | null): string => (text === null ? '-' : text.slice(0, 16).replace('T', ' '));
