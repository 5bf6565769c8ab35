import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWholeFile } from '../../cli/write-file.ts';
import { isJsonObject, type JsonObject } from '../../domain/data.ts';
import { KtError } from '../../domain/errors.ts';
import type { Copy, CopyCount, State, SyncState } from '../sync/ports.ts';
import { isKnownJson, isNotedAw, knownOfJson, knownToJson } from './known-shape.ts';
import { readOwnFile } from './read-file.ts';
import { isNotedPass, isNotedRepair, isRound, isTailMinutes } from './round-shape.ts';

/** Increased when older versions can no longer read the file. */
const VERSION = 1;

const isText = (value: unknown): value is string => typeof value === 'string';
const isTime = (value: unknown): value is number => Number.isSafeInteger(value);
const isCount = (value: unknown): value is number => isTime(value) && value >= 0;
const isCopy = (value: unknown): value is Copy =>
  isJsonObject(value) && isText(value['device']) && isText(value['bucket']) && isText(value['localId']);

const isCopyCount = (value: unknown): value is CopyCount =>
  isJsonObject(value) && isCount(value['events']) && typeof value['torn'] === 'boolean';

/** Are all values of an object of one type? */
const isRecordOf = <T>(value: unknown, is: (one: unknown) => one is T): value is Record<string, T> =>
  isJsonObject(value) && Object.values(value).every(is);

/** The state in a parsed file; null if it does not have this shape. */
const stateOf = (raw: JsonObject): SyncState | null => {
  const { deviceId, pass, nonce, refused, account, pulled, globs, copies, tails } = raw;
  // Fields added after the first release of version 1 may be missing.
  const { proofs = {}, repairedMs = null, over = {}, unproven = [] } = raw;
  const { held = {}, doubts = {}, known = {}, aw = null, counts = {}, round = null, minutes = {} } = raw;
  const { lastCompared = null, repairs = {} } = raw;
  if (!isText(deviceId) || !isCount(pass) || typeof refused !== 'boolean') return null;
  if (!(nonce === null || isText(nonce)) || !(account === null || isText(account))) return null;
  if (!isText(pulled) || !/^\d{1,20}$/.test(pulled)) return null; // a revision has 64 bits
  if (!Array.isArray(globs) || !globs.every(isText) || !Array.isArray(copies) || !copies.every(isCopy)) return null;
  if (!isRecordOf(tails, isText)) return null;
  if (!isRecordOf(proofs, isTime) || !(repairedMs === null || isTime(repairedMs))) return null;
  if (!isRecordOf(over, isCount)) return null;
  if (!Array.isArray(unproven) || !unproven.every(isText)) return null;
  if (!isRecordOf(held, isText) || !isRecordOf(doubts, isText)) return null;
  if (!isKnownJson(known) || !(aw === null || isNotedAw(aw))) return null;
  if (!isRecordOf(counts, isCopyCount)) return null;
  if (!(round === null || isRound(round)) || !isRecordOf(minutes, isTailMinutes)) return null;
  if (!(lastCompared === null || isNotedPass(lastCompared)) || !isRecordOf(repairs, isNotedRepair)) return null;
  return {
    deviceId,
    pass,
    nonce,
    refused,
    account,
    pulled: BigInt(pulled),
    globs,
    copies,
    tails,
    proofs,
    repairedMs,
    over,
    unproven,
    held,
    doubts,
    known: knownOfJson(known),
    aw,
    counts,
    round,
    minutes,
    lastCompared,
    repairs,
  };
};

/**
 * The state in `state.json` of a folder, which is created if missing. A save writes a new file, then fsync and rename:
 * after a crash there is the old state or the new one. A file of another version or shape fails with `invalid`.
 */
export const openFileState = (folder: string): State => {
  const path = join(folder, 'state.json');
  const unreadable = (why: string, cause?: unknown) =>
    new KtError(
      'invalid',
      `${path} ${why}: move it away and sync again (this device is found again by its aw-server, ` +
        'and nothing is doubled)',
      {},
      { cause },
    );
  return {
    async load() {
      let text: string | null;
      try {
        text = await readOwnFile(path);
      } catch (error) {
        throw unreadable((error as Error).message, error);
      }
      if (text === null) return null;
      let raw: unknown;
      try {
        raw = JSON.parse(text);
      } catch (error) {
        throw unreadable('is not JSON', error);
      }
      if (!isJsonObject(raw)) throw unreadable('holds no state');
      if (raw['version'] !== VERSION)
        throw unreadable(
          `is of ${typeof raw['version'] === 'number' ? `version ${raw['version']}` : 'no version'}, ` +
            `and this kt-client reads version ${VERSION}`,
        );
      const state = stateOf(raw);
      if (state === null) throw unreadable('holds something else than a state');
      return state;
    },
    async save(state) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const text = JSON.stringify(
        { version: VERSION, ...state, pulled: state.pulled.toString(), known: knownToJson(state.known) },
        null,
        2,
      );
      await writeWholeFile(path, `${text}\n`, { mode: 0o600, fsync: true });
    },
  };
};
