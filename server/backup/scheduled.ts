/** Backups that a running server makes by itself (KT_SERVER_BACKUP_DIR). */
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isKtError } from '../../domain/errors.ts';
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

type Schedule = Pick<Config, 'backupDir' | 'backupEvery' | 'backupKeep'>;

/** The partial files of our backups, with how long ago each was written to, in ms. */
const partialsIn = async (folder: string, now: Date): Promise<{ path: string; age: number }[]> => {
  const partials = (await readdir(folder)).filter(
    (name) => PARTIAL.test(name) && timeOf(name.replace(PARTIAL, '')) !== null,
  );
  const found = partials.map(async (name) => {
    const path = join(folder, name);
    // One that has just got its name, or went, is none any more.
    const mtime = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => null,
    );
    return mtime === null ? [] : [{ path, age: now.getTime() - mtime }];
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
 * Makes a backup if none of the last `backupEvery` is there, and then removes old ones. Returns its name, null where
 * none was due, or another process is making one. Fails as `writeBackup` does; then all old ones stay.
 */
export const backUpIfDue = async (schedule: Schedule, backups: Backups, now: Date): Promise<string | null> => {
  const { backupDir, backupEvery } = schedule;
  await mkdir(backupDir, { recursive: true, mode: 0o700 });
  const since = now.getTime() - spanMs(backupEvery);
  const isRecent = (at: number | null): boolean => at !== null && at > since && at <= now.getTime();
  if ((await readdir(backupDir)).map(timeOf).some(isRecent)) return null;
  if ((await partialsIn(backupDir, now)).some(({ age }) => age >= 0 && age < AT_WORK)) return null;
  const name = nameOf(now);
  try {
    await writeBackup(join(backupDir, name), () => backups.begin());
  } catch (error) {
    if (isKtError(error, 'conflict')) return null;
    throw error;
  }
  await prune(schedule, name, now);
  return name;
};

/** How often we look whether one is due, in ms: at least a minute lies between two of them. */
const LOOK_EVERY = 60_000;
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
