/**
 * What the same work costs without the server: COPY into a table like that of the events, COPY out of it, and the
 * commit of one row, on the server's own database of PostgreSQL and on a copy of its embedded one.
 */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { FLOOR } from '../tables.ts';
import type { Ours } from './ours.ts';

export type Floor = {
  /** Rows that the server wrote, some 5,000 in each: COPY's text. */
  readonly rows: readonly Buffer[];
  /** How many they are. */
  readonly count: number;
  empty(): Promise<void>;
  write(rows: Buffer): Promise<void>;
  /** All rows, thrown away: how many bytes they were. */
  read(): Promise<number>;
  commit(): Promise<void>;
  close(): Promise<void>;
};

type Wire = { sendCopyFromChunk(chunk: Buffer): void; endCopyFrom(): void; query(text: string): void };

/** COPY in either direction, as pg wants a query that it does not know. */
const copy = (client: pg.Client, text: string, from: Buffer | null, take: (chunk: Buffer) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    const query = {
      submit: (wire: unknown) => (wire as Wire).query(text),
      handleCopyInResponse: (wire: Wire) => {
        if (from) wire.sendCopyFromChunk(from);
        wire.endCopyFrom();
      },
      handleCopyData: ({ chunk }: { chunk: Buffer }) => take(chunk),
      handleCommandComplete: () => undefined,
      handleReadyForQuery: () => resolve(),
      handleError: reject,
    };
    client.query(query);
  });

/** Text of COPY in pieces of this many rows, a line each. */
const piecesOf = (text: Buffer, size = 5_000): Pick<Floor, 'rows' | 'count'> => {
  const pieces: Buffer[] = [];
  let count = 0;
  for (let from = 0; from < text.length; ) {
    let to = from;
    for (let row = 0; row < size && to < text.length; row++, count++) to = text.indexOf(10, to) + 1;
    pieces.push(text.subarray(from, to));
    from = to;
  }
  return { rows: pieces, count };
};

const onPostgres = async (url: string): Promise<Floor> => {
  const client = new pg.Client(url);
  // A server that is stopped under it is told by the query that fails then.
  client.on('error', () => undefined);
  await client.connect();
  const chunks: Buffer[] = [];
  // The buffer that pg gives is used again for the next.
  await copy(client, FLOOR.rows, null, (chunk) => chunks.push(Buffer.from(chunk)));
  for (const sql of FLOOR.tables) await client.query(sql);
  return {
    ...piecesOf(Buffer.concat(chunks)),
    empty: async () => void (await client.query(FLOOR.empty)),
    write: (rows) => copy(client, FLOOR.write, rows, () => undefined),
    read: async () => {
      let bytes = 0;
      await copy(client, FLOOR.read, null, (chunk) => (bytes += chunk.length));
      return bytes;
    },
    commit: async () => void (await client.query({ name: 'commit', text: FLOOR.commit })),
    close: () => client.end(),
  };
};

const onPglite = async (folder: string): Promise<Floor> => {
  const database = await PGlite.create(folder);
  const copied = async (sql: string): Promise<Buffer> => {
    const { blob } = await database.query(sql.replace('stdout', "'/dev/blob'"));
    return blob ? Buffer.from(await blob.arrayBuffer()) : Buffer.alloc(0); // without rows there is none
  };
  const pieces = piecesOf(await copied(FLOOR.rows));
  for (const sql of FLOOR.tables) await database.exec(sql);
  return {
    ...pieces,
    empty: async () => void (await database.exec(FLOOR.empty)),
    write: async (piece) => {
      const blob = new Blob([new Uint8Array(piece)]);
      await database.query(FLOOR.write.replace('stdin', "'/dev/blob'"), [], { blob });
    },
    read: async () => (await copied(FLOOR.read)).length,
    commit: async () => void (await database.exec(FLOOR.commit)),
    close: () => database.close(),
  };
};

/** The floor of a server that has events in its database. The embedded one is stopped for a moment to be copied. */
export const openFloor = async (ours: Ours, folder: string): Promise<Floor> => {
  if (ours.databaseUrl !== null) return onPostgres(ours.databaseUrl);
  await ours.stopped(async () => cpSync(join(ours.folder, 'database'), folder, { recursive: true }));
  return onPglite(folder);
};
