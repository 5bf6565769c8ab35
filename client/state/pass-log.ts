import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { isJsonObject } from '../../domain/data.ts';
import { formatTime, parseLenientTime } from '../../domain/time.ts';
import type { PassLog, PassRecord } from '../sync/pass-record.ts';

const VERSION = 1;

/** The names of all times in a record end so; in the file they are ISO text, for whoever reads it. */
const isTime = (name: string): boolean => name.endsWith('Us');

const toText = (record: PassRecord): string =>
  JSON.stringify({ version: VERSION, ...record }, (name, value: unknown) => (isTime(name) && typeof value === 'bigint' ? formatTime(value) : value), 2);

const ofText = (text: string): PassRecord | null => {
  const raw: unknown = JSON.parse(text, (name, value: unknown) => (isTime(name) && typeof value === 'string' ? parseLenientTime(value) : value));
  if (!isJsonObject(raw) || raw['version'] !== VERSION || typeof raw['endedUs'] !== 'bigint' || !Array.isArray(raw['buckets'])) return null;
  const { version: _, ...record } = raw;
  return record as unknown as PassRecord;
};

/**
 * The record of the last passes in the state folder. One that is missing, torn or of another version is none: it only tells,
 * and the next pass writes a new one. `save` fails as the file system does.
 */
export const openPassLog = (folder: string): PassLog => {
  const path = join(folder, 'last-pass.json');
  return {
    async load() {
      try {
        return ofText(await readFile(path, 'utf8'));
      } catch {
        return null;
      }
    },
    async save(record) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFileAtomic(path, `${toText(record)}\n`, { mode: 0o600 });
    },
  };
};
