import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWholeFile } from '../../cli/write-file.ts';
import { isJsonObject } from '../../domain/data.ts';
import { KtError } from '../../domain/errors.ts';
import type { PassLog } from '../status/pass-record.ts';
import { recordOfJson, recordToJson } from './pass-record-shape.ts';
import { readOwnFile, Unreadable } from './read-file.ts';

const VERSION = 1;

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Unreadable('is not JSON', { cause: error });
  }
};

/**
 * The record of the last passes in the state folder. It is only for information, so an unreadable one stops no pass:
 * `load` fails with `invalid` and a message for a person, and the next `save` writes a new one. `save` fails as the
 * file system does, and does not wait for the disk, which takes as long as a few requests: what a power cut may cost
 * is that message.
 */
export const openPassLog = (folder: string): PassLog => {
  const path = join(folder, 'last-pass.json');
  return {
    async load() {
      try {
        const text = await readOwnFile(path);
        if (text === null) return null;
        const raw = parsed(text);
        if (!isJsonObject(raw)) throw new Unreadable('holds no record');
        if (raw['version'] !== VERSION)
          throw new Unreadable(
            `is of ${typeof raw['version'] === 'number' ? `version ${raw['version']}` : 'no version'}, ` +
              `and this kt-client reads version ${VERSION}`,
          );
        const record = recordOfJson(raw);
        if (record === null) throw new Unreadable('holds something else than a record');
        return record;
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error;
        throw new KtError(
          'invalid',
          `${path} ${error.message}: what the passes before left is not known, and the next pass writes it anew`,
          {},
          { cause: error },
        );
      }
    },
    async save(record) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeWholeFile(path, `${recordToJson(VERSION, record)}\n`, { mode: 0o600, fsync: false });
    },
  };
};
