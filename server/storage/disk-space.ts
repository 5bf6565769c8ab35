import { statfsSync } from 'node:fs';
import { DatabaseError } from 'pg-protocol';

/**
 * Free space on a disk. `refuse` throws PostgreSQL's error for a full disk (53100) when there is less than the reserve.
 */
export type DiskSpace = { left(): number; isShort(): boolean; refuse(): void };

/** Called once when space runs low and once when there is enough again, with a line for the log. */
export type Tell = (line: string) => void;

const MB = 1024 * 1024;

/** A `DatabaseError` as the engine itself raises it, so that all code above treats it alike. */
const diskFull = (message: string): Error =>
  Object.assign(new DatabaseError(message, 0, 'error'), { code: '53100', severity: 'ERROR' });

/** The free space of the disk that holds `folder`. With less than `reserve` bytes, nothing more is written there. */
export const makeDiskSpace = (folder: string, reserve: number, tell: Tell = () => {}): DiskSpace => {
  let short = false;
  const left = (): number => {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  };
  const isShort = (): boolean => {
    const free = left();
    if (short !== free < reserve) {
      short = !short;
      const reserved = `the ${Math.round(reserve / MB)} MB that are kept free`;
      tell(
        short
          ? `the disk of ${folder} has ${Math.floor(free / MB)} MB left, less than ${reserved}: ` +
              'writes are refused, reads go on'
          : `the disk of ${folder} has room again: writes go on`,
      );
    }
    return short;
  };
  return {
    left,
    isShort,
    refuse: () => {
      if (isShort()) throw diskFull('the disk has less room than is kept free');
    },
  };
};

/** Statements that write. A bare word is not enough: comments, columns and `for update` may contain it too. */
const WRITES = new RegExp(
  String.raw`\b(insert\s+into|merge\s+into|delete\s+from|update\s+(only\s+)?[\w".]+\s+(as\s+)?(\w+\s+)?set|` +
    String.raw`(truncate|create|alter|drop)\s|vacuum|reindex)`,
  'i',
);
const COMMENTS = /--[^\n]*|\/\*[\s\S]*?\*\//g;

/** Whether a statement may write. */
export const mayWrite = (sql: string): boolean => WRITES.test(sql.replace(COMMENTS, ''));
