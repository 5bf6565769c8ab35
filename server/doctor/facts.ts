/** Everything that the doctor checks, gathered before anything is judged. One failure hides nothing else. */
import { accessSync, constants, existsSync, statSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { VERSION } from '../../cli/version.ts';
import type { Config } from '../config.ts';
import { lookAtDatabase, type Looked } from '../look.ts';
import { oneLine } from '../one-line.ts';
import { isPooled } from '../storage/facts.ts';
import { embeddedFolder } from '../storage/open.ts';
import { pendingAfter } from '../storage/migrate.ts';
import { askProvider, askPublicly, askWhoListens, type Listener, type Publicly } from './asked.ts';

/** An answer, or why there is none; null if it was not asked for. */
type Answer<T> = { readonly value: T } | { readonly error: string } | null;

/** A folder or file as the file system has it. `mode`: permission bits, null where the system knows none. */
export type Place = {
  readonly path: string;
  readonly mode: number | null;
  readonly isOurs: boolean;
  readonly isWritable: boolean;
};

export type Facts = {
  readonly config: Config;
  /** The settings file in force; null where there is none. */
  readonly settingsFile: Place | null;
  /** The data folder; null where it is not there. */
  readonly dataFolder: Place | null;
  /** Bytes that are free where the data folder lies, or will. */
  readonly freeBytes: Answer<number>;
  readonly database: Answer<Looked>;
  /** The names of migrations that a start would run. */
  readonly pending: Answer<readonly string[]>;
  /** Whether a pooler answers at the database's URL, and at the direct one; null for the embedded engine. */
  readonly isPooled: Answer<{ readonly main: boolean; readonly direct: boolean }>;
  /** Who listens where this server would; null where the port is free. */
  readonly listener: Answer<Listener | null>;
  /** What answers at the public URL; null where none is set. */
  readonly publicly: Answer<Publicly>;
  /** Whether the provider of OpenID Connect tells what signing in takes; null where none is set. */
  readonly provider: Answer<true>;
};

const answer = async <T>(ask: () => T | Promise<T>): Promise<Answer<T>> => {
  try {
    return { value: await ask() };
  } catch (error) {
    return { error: oneLine(error) };
  }
};

const placeOf = (path: string): Place | null => {
  try {
    const { mode, uid } = statSync(path);
    return {
      path,
      mode: process.platform === 'win32' ? null : mode & 0o777,
      isOurs: process.getuid === undefined || uid === process.getuid(),
      isWritable: isAccessible(path),
    };
  } catch {
    return null;
  }
};

const isAccessible = (path: string): boolean => {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
};

/** The folder itself, or the nearest existing one above it. */
const nearest = (path: string): string => (existsSync(path) || dirname(path) === path ? path : nearest(dirname(path)));

const freeBytesAt = (path: string): number => {
  const { bavail, bsize } = statfsSync(nearest(path));
  return bavail * bsize;
};

/** Whether a port is free: listens for a moment. Fails if the address is not one of this machine's. */
const isFree = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    );
    server.listen(port, host, () => server.close(() => resolve(true)));
  });

/** `settingsFile` names one that was given; else it is kt-server.toml in the data folder. */
export const gatherFacts = async (config: Config, settingsFile: string | undefined): Promise<Facts> => {
  const { dataDir, host, port, publicUrl, databaseUrl, databaseDirectUrl } = config;
  const database = await answer(() => lookAtDatabase(config));
  const migrations = database && 'value' in database ? (database.value.facts?.migrations ?? []) : null;
  const isPostgres = embeddedFolder(databaseUrl) === undefined;
  return {
    config,
    settingsFile: placeOf(settingsFile ?? join(dataDir, 'kt-server.toml')),
    dataFolder: placeOf(dataDir),
    freeBytes: await answer(() => freeBytesAt(dataDir)),
    database,
    pending:
      migrations && (await answer(async () => (await pendingAfter(migrations, VERSION)).map(({ name }) => name))),
    isPooled:
      isPostgres && migrations
        ? await answer(async () => ({
            main: await isPooled(databaseUrl),
            direct: databaseDirectUrl !== '' && (await isPooled(databaseDirectUrl)),
          }))
        : null,
    listener:
      port === 0
        ? null
        : await answer(async () => ((await isFree(host, port)) ? null : await askWhoListens(host, port))),
    publicly: publicUrl === '' ? null : await answer(() => askPublicly(publicUrl)),
    provider: config.oidcIssuer === '' ? null : await answer(() => askProvider(config)),
  };
};
