/** Backups that a running server makes by itself (KT_SERVER_BACKUP_DIR). */
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { isKtError, KtError } from '../../domain/errors.ts';
import type { Config } from '../config.ts';
import type { Backups } from './backup.ts';
import { PARTIAL, writeBackup } from './file.ts';

/** The files that are ours in that folder; no other is ever touched. */
const OURS = /^kt-server-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.backup$/;

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** A span as the setting has it, in ms. */
const spanMs = (text: string): number => Number(text.slice(0, -1)) * UNITS[text.at(-1) as keyof typeof UNITS];

/** How long after it was last written to a partial file belongs to a process at work, in ms; and when it is removed. */
const AT_WORK = 10 * UNITS.m;
const ABANDONED = UNITS.d;

export const nameOf = (at: Date): string =>
  `kt-server-${at.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z.backup`;

const timeOf = (name: string): number | null => {
  const match = OURS.exec(name);
  if (!match) return null;
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number);
  return Date.UTC(year!, month! - 1, day, hour, minute, second);
};

/** How often we look whether one is due, in ms: at least a minute lies between two of them. */
const LOOK_EVERY = UNITS.m;

type Schedule = Pick<Config, 'backupDir' | 'backupEvery' | 'backupKeep'>;

/** A backup under way: `age`: how long ago it was written to, in ms. */
type PartialFile = { readonly path: string; readonly age: number; readonly bytes: number };

/** The partial files of our backups. */
const partialsIn = async (folder: string, now: Date): Promise<PartialFile[]> => {
  const partials = (await readdir(folder)).filter(
    (name) => PARTIAL.test(name) && timeOf(name.replace(PARTIAL, '')) !== null,
  );
  const found = partials.map(async (name) => {
    const path = join(folder, name);
    // One that has just got its name, or went, is none any more.
    const stats = await stat(path).catch(() => null);
    return stats === null ? [] : [{ path, age: now.getTime() - stats.mtimeMs, bytes: stats.size }];
  });
  return (await Promise.all(found)).flat();
};

/** Removes all but the newest of our backups, never `made`; and partial files that a killed process left. */
const prune = async ({ backupDir, backupKeep }: Schedule, made: string, now: Date): Promise<void> => {
  const others = (await readdir(backupDir)).filter((name) => timeOf(name) !== null && name !== made);
  const old = others
    .sort()
    .reverse()
    .slice(backupKeep - 1)
    .map((name) => join(backupDir, name));
  const abandoned = (await partialsIn(backupDir, now)).filter(({ age }) => age > ABANDONED);
  // Another process may have the same folder, and be faster.
  for (const path of [...old, ...abandoned.map((partial) => partial.path)]) await rm(path, { force: true });
};

/**
 * The bytes of a backup, unless `isMade` says at the first of them that another process has made it meanwhile. Before
 * that nobody knows: the first bytes come once we have the database's lock, which one process has at a time.
 */
async function* unlessMade(bytes: Readable, isMade: () => Promise<boolean>): AsyncGenerator<Uint8Array> {
  let first = true;
  for await (const chunk of bytes) {
    if (first && (await isMade())) throw new KtError('conflict', 'another process has made this backup');
    first = false;
    yield chunk as Uint8Array;
  }
}

/**
 * Makes a backup if none of the last `backupEvery` is there, and then removes old ones. Returns its name, null where
 * none was due, or another process makes it: of those that look at the same moment one does. Fails as `writeBackup`
 * does; then all old ones stay.
 */
export const backUpIfDue = async (schedule: Schedule, backups: Backups, now: Date): Promise<string | null> => {
  const { backupDir, backupEvery } = schedule;
  await mkdir(backupDir, { recursive: true, mode: 0o700 });
  const since = now.getTime() - spanMs(backupEvery);
  // Another process may have looked a moment after us, and have named its own by that.
  const isRecent = (at: number | null): boolean => at !== null && at > since && at < now.getTime() + LOOK_EVERY;
  const isThere = async (): Promise<boolean> => (await readdir(backupDir)).map(timeOf).some(isRecent);
  const isAtWork = ({ age }: PartialFile): boolean => Math.abs(age) < AT_WORK;
  if (await isThere()) return null;
  if ((await partialsIn(backupDir, now)).some(isAtWork)) return null;
  const name = nameOf(now);
  // Whoever waits for the lock has an empty file, as we have; whoever had it before us reads its own back, or is done.
  const isMade = async (): Promise<boolean> =>
    (await partialsIn(backupDir, now)).some((file) => file.bytes > 0 && isAtWork(file)) || (await isThere());
  try {
    await writeBackup(join(backupDir, name), () => unlessMade(backups.begin(), isMade));
  } catch (error) {
    if (isKtError(error, 'conflict')) return null;
    throw error;
  }
  await prune(schedule, name, now);
  return name;
};

/** After one that failed, how long until the next try, in ms. */
const PAUSE = 15 * 60_000;

export type Scheduled = { stop(): Promise<void> };

/** Looks now, and every minute. What fails is told, and nothing else comes of it. */
export const scheduleBackups = (
  schedule: Schedule,
  backups: Backups,
  now: () => Date,
  tell: { done(name: string): void; failed(error: unknown): void },
): Scheduled => {
  let underWay: Promise<void> | null = null;
  let pausedUntil = 0;
  let stopped = false;
  const look = (): void => {
    if (stopped || underWay || now().getTime() < pausedUntil) return;
    underWay = (async () => {
      try {
        const name = await backUpIfDue(schedule, backups, now());
        if (name !== null) tell.done(name);
      } catch (error) {
        pausedUntil = now().getTime() + PAUSE;
        if (!stopped) tell.failed(error);
      } finally {
        underWay = null;
      }
    })();
  };
  const timer = setInterval(look, LOOK_EVERY).unref();
  look();
  return {
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await backups.close();
      await underWay;
    },
  };
};
