/** Tables for a terminal, as both programs print them. */
import stringWidth from 'string-width';

/** Lines with aligned columns, measured in terminal cells; the last column is not padded. */
export const aligned = (rows: readonly (readonly string[])[]): string[] => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => stringWidth(row[column]!))));
  const padded = (cell: string, column: number): string =>
    column === widths.length - 1 ? cell : cell + ' '.repeat(widths[column]! - stringWidth(cell));
  return rows.map((row) => row.map(padded).join('  ').trimEnd());
};
