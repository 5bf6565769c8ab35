import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config.ts';
import { claimFolder } from './owner.ts';
import type { Database } from './storage/database.ts';
import { factsOf, type DatabaseFacts } from './storage/facts.ts';
import { embeddedFolder, openDatabase } from './storage/open.ts';

/** The kt-server that has the data folder, and its address once it serves. */
type Running = { readonly pid: number | null; readonly url: string | null };

/** What was found out about a database; `facts` null: there is none yet. */
export type Looked = { readonly facts: DatabaseFacts | null; readonly running: Running | null };

/**
 * Examines the database that the settings name, without migrating or creating it. If a server runs on the embedded
 * one, that server is asked. Fails as opening does.
 */
export const lookAtDatabase = (config: Config): Promise<Looked> => unmigrated(config, (database) => factsOf(database));

/**
 * Does something with a database as it is, without migrating it first. If a running server has the embedded one,
 * returns that server's facts instead. `makes`: whether to create what is missing.
 */
export const unmigrated = async (
  config: Config,
  work: (database: Database) => Promise<DatabaseFacts>,
  makes = false,
): Promise<Looked> => {
  const folder = embeddedFolder(config.databaseUrl);
  if (typeof folder === 'string') {
    if (!makes && !existsSync(join(folder, 'PG_VERSION'))) return { facts: null, running: null };
    const claimed = await claimFolder(config.dataDir);
    if ('other' in claimed) {
      const { pid, url } = claimed.other;
      return { facts: (await claimed.other.call('databaseFacts', null)) as DatabaseFacts, running: { pid, url } };
    }
    try {
      return { facts: await onOpen(config, work, makes), running: null };
    } finally {
      await claimed.owner.release();
    }
  }
  return { facts: await onOpen(config, work, makes), running: null };
};

const onOpen = async (
  config: Config,
  work: (database: Database) => Promise<DatabaseFacts>,
  makes: boolean,
): Promise<DatabaseFacts> => {
  const database = await openDatabase(config.databaseUrl, {
    directUrl: config.databaseDirectUrl || undefined,
    looksOnly: !makes,
  });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
};
