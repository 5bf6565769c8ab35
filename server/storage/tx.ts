import { createHash } from 'node:crypto';
import { Prisma } from '../../prisma/generated/client/client.ts';
import type { Row, Statement, Statements, Value } from './port.ts';

/**
 * What runs statements made of `Prisma.sql`: the database itself, or a transaction on it. They go through the port,
 * under names made of their texts, so that each is planned once a session: on the embedded engine planning alone took
 * several times as long as running.
 */
export type Tx = {
  /** The rows of a statement: a template, or one made of parts. */
  $queryRaw<Rows = Row[]>(statement: Prisma.Sql | TemplateStringsArray, ...values: unknown[]): Promise<Rows>;
  /** How many rows a statement wrote. */
  $executeRaw(statement: Prisma.Sql | TemplateStringsArray, ...values: unknown[]): Promise<number>;
  /** The rows of a statement that `madeOnce` gave. */
  rowsOf<Rows = Row[]>(statement: Statement): Promise<Rows>;
  /** The same for a text that never holds anything from outside. */
  $executeRawUnsafe(text: string): Promise<number>;
};

/** Statements over a port, outside of a transaction or in one. */
export const txOver = (on: Statements): Tx => ({
  $queryRaw: async <Rows>(statement: Prisma.Sql | TemplateStringsArray, ...values: unknown[]) => {
    const { name, text, values: given = [] } = statementOf(statement, values);
    return (await on.statement(name, text, given)) as Rows;
  },
  $executeRaw: (statement, ...values) => {
    const { name, text, values: given = [] } = statementOf(statement, values);
    return on.written(name, text, given);
  },
  rowsOf: async <Rows>({ name, text, values }: Statement) => (await on.statement(name, text, values)) as Rows,
  $executeRawUnsafe: (text) => on.written(nameOf(text), text),
});

/** Stands for an argument while a statement is put together. */
class Place {
  readonly index: number;
  constructor(index: number) {
    this.index = index;
  }
}

/**
 * A statement whose text is put together only once, for one that runs all the time: for a small read that takes as long
 * as all else that becomes of it before it is sent. `make` gets places that stand for its arguments, and may only put
 * them into the statement as values.
 */
export const madeOnce = <Args extends readonly Value[]>(
  make: (...args: Args) => Prisma.Sql,
): ((...args: Args) => Statement) => {
  const places = Array.from({ length: make.length }, (_, index) => new Place(index));
  let made: { readonly name: string; readonly text: string; readonly values: readonly unknown[] } | undefined;
  return (...args) => {
    if (!made) {
      const { text, values } = make(...(places as unknown as Args));
      made = { name: nameOf(text), text, values };
    }
    const { name, text, values } = made;
    return {
      name,
      text,
      values: values.map((value) => (value instanceof Place ? args[value.index]! : valueOf(value))),
    };
  };
};

const statementOf = (statement: Prisma.Sql | TemplateStringsArray, values: readonly unknown[]): Statement => {
  const sql = statement instanceof Prisma.Sql ? statement : Prisma.sql(statement, ...values);
  const { text } = sql;
  return { name: nameOf(text), text, values: sql.values.map(valueOf) };
};

/** Dates as text with their zone; everything else as the port takes it. */
const valueOf = (value: unknown): Value => (value instanceof Date ? value.toISOString() : (value as Value)) ?? null;

const names = new Map<string, string>();

/** A statement's name: of its text alone, the same in every process. */
const nameOf = (text: string): string => {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = `sql-${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
  names.set(text, name);
  return name;
};
