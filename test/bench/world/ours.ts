/** kt-server as a process of its own, with an empty database of one engine. */
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import type { Processes, Running } from '../../support/processes.ts';
import { openHttp, type Http } from './http.ts';

export type Ours = {
  readonly side: 'postgres' | 'embedded';
  readonly key: string;
  /** Its data folder. */
  readonly folder: string;
  /** The URL of its database; null for the embedded one. */
  readonly databaseUrl: string | null;
  /** The process that runs now, where it listens, and a client of it: others after a restart. */
  readonly running: Running;
  readonly url: string;
  readonly http: Http;
  /** Stops the server, does something, and starts it again. */
  stopped(work: () => Promise<void>): Promise<void>;
  /** Rows of a statement, past the server, which is stopped for that where it is the only one who may open them. */
  sql<Row>(text: string): Promise<Row[]>;
  close(): Promise<void>;
};

/** Which program is measured: what `npm run build` made in dist/, or the sources by tsx. */
export type Program = 'built' | 'sources';
export const serverOf = (program: Program): string => (program === 'built' ? 'dist/server/main.js' : 'server/bin.js');
export const clientOf = (program: Program): string =>
  program === 'built' ? 'dist/client/kt-client.cjs' : 'client/bin.js';

/** A bench asks more often than any program of a person may; the requests are counted all the same. */
const MANY_REQUESTS = { KT_SERVER_REQUESTS_PER_KEY: '1000000000' };

export const startOurs = async (
  processes: Processes,
  program: Program,
  databaseUrl: string | null,
  env: Record<string, string> = {},
): Promise<Ours> => {
  const folder = processes.folder();
  const place = ['--data-dir', folder, '--port', '0', ...(databaseUrl === null ? [] : ['--database-url', databaseUrl])];
  let key = '';
  const start = async () => {
    const running = processes.start([serverOf(program), ...place], { ...MANY_REQUESTS, ...env });
    const [, url = ''] = await running.says(/ready at (\S+)\n/);
    key ||= (await running.says(/API key +(kt_\S+)/))[1]!;
    return { running, url, http: openHttp(url, key) };
  };
  let now = await start();
  const stop = async (): Promise<void> => {
    now.http.close();
    await now.running.kill('SIGTERM');
  };
  const stopped = async (work: () => Promise<void>): Promise<void> => {
    await stop();
    await work();
    now = await start();
  };
  return {
    side: databaseUrl === null ? 'embedded' : 'postgres',
    key,
    folder,
    databaseUrl,
    get running() {
      return now.running;
    },
    get url() {
      return now.url;
    },
    get http() {
      return now.http;
    },
    stopped,
    sql: async <Row>(text: string) => {
      let rows: Row[] = [];
      if (databaseUrl !== null) {
        const client = new pg.Client(databaseUrl);
        await client.connect();
        rows = (await client.query(text)).rows as Row[];
        await client.end();
      } else
        await stopped(async () => {
          const database = await PGlite.create(join(folder, 'database'));
          rows = (await database.query<Row>(text)).rows;
          await database.close();
        });
      return rows;
    },
    close: stop,
  };
};
