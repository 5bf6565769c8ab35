/** Tables for a terminal, as both programs print them. */
import stringWidth from 'string-width';

type Rows = readonly (readonly string[])[];

/** Lines with aligned columns, measured in terminal cells; the last column is not padded. */
export const aligned = (rows: Rows): string[] => makeAligned()(rows);

/** The same for a table that comes in parts: each is at least as wide as those before it. */
export const makeAligned = (): ((rows: Rows) => string[]) => {
  const widths: number[] = [];
  const padded = (cell: string, column: number): string =>
    column === widths.length - 1 ? cell : cell + ' '.repeat(widths[column]! - stringWidth(cell));
  return (rows) => {
    for (const row of rows)
      for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, stringWidth(cell));
    return rows.map((row) => row.map(padded).join('  ').trimEnd());
  };
};
