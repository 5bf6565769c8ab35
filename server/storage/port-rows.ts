/** What is made of the messages of PostgreSQL's protocol: rows, and how many a command read or wrote. */
import { readerOf, type Cell, type Row } from './port-values.ts';

/** The columns of a statement's rows, known since it was prepared. */
export type Columns = readonly { readonly name: string; readonly read: (text: string) => Cell }[];

/** From the fields of a RowDescription. */
export const columnsOf = (fields: readonly { readonly name: string; readonly dataTypeID: number }[]): Columns =>
  fields.map(({ name, dataTypeID }) => ({ name, read: readerOf(dataTypeID) }));

/** From the fields of a DataRow, which are text. */
export const rowOf = (columns: Columns, fields: readonly (string | null)[]): Row => {
  const row: Row = {};
  for (let at = 0; at < columns.length; at++) {
    const { name, read } = columns[at]!;
    const text = fields[at]!;
    row[name] = text === null ? null : read(text);
  }
  return row;
};

/** How many rows a command says that it read or wrote: the last word of its tag. */
export const countIn = (tag: string): number => Number(/\d+$/.exec(tag)?.[0] ?? 0);
