/**
 * The walk through everything that is compared, as stored in the state file: accepted only if all of it has the right
 * shape.
 */
import { isJsonObject } from '../../domain/data.ts';
import type { NotedBucket, NotedPass, NotedRepair, Round, TailMinutes, Walked } from '../sync/ports.ts';

const isTime = (value: unknown): value is number => Number.isSafeInteger(value);
const isAmount = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0;
const isAt = (value: unknown): boolean =>
  value === null ||
  (isJsonObject(value) &&
    typeof value['localId'] === 'string' &&
    (value['before'] === null || isTime(value['before'])));
const isWalked = (value: unknown): value is Walked =>
  isJsonObject(value) &&
  isTime(value['fromMs']) &&
  (value['wholeMs'] === null || isTime(value['wholeMs'])) &&
  typeof value['torn'] === 'boolean';

export const isRound = (value: unknown): value is Round => {
  if (!isJsonObject(value)) return false;
  const { at, beganMs, passMs, total, read, msPerEvent, recentAt, walked, settled } = value;
  const isText = (text: unknown) => typeof text === 'string';
  const records =
    isJsonObject(walked) &&
    Object.values(walked).every(isWalked) &&
    isJsonObject(settled) &&
    Object.values(settled).every(isText);
  return (
    records &&
    isAt(at) &&
    isTime(beganMs) &&
    isTime(passMs) &&
    [total, read, msPerEvent].every(isAmount) &&
    (recentAt === null || isText(recentAt))
  );
};

/** What was acknowledged of a long tail. */
export const isTailMinutes = (value: unknown): value is TailMinutes => {
  if (!isJsonObject(value)) return false;
  const { key, width, groups } = value;
  return (
    typeof key === 'string' &&
    isTime(width) &&
    width > 0 &&
    isJsonObject(groups) &&
    Object.values(groups).every((text) => typeof text === 'string')
  );
};

const isTextOrNull = (value: unknown): value is string | null => value === null || typeof value === 'string';
const isCount = (value: unknown): value is number => isTime(value) && value >= 0;

const isNotedBucket = (value: unknown): value is NotedBucket => {
  if (!isJsonObject(value)) return false;
  const { localId, bucketId, deviceId, outcome, reason, here, there } = value;
  return (
    typeof localId === 'string' &&
    typeof bucketId === 'string' &&
    isTextOrNull(deviceId) &&
    (outcome === 'in_step' || outcome === 'held' || outcome === 'failed') &&
    isTextOrNull(reason) &&
    [here, there].every((count) => count === null || isCount(count))
  );
};

/** The last pass that compared. */
export const isNotedPass = (value: unknown): value is NotedPass => {
  if (!isJsonObject(value)) return false;
  const { passMs, revision, buckets } = value;
  const isRevision = typeof revision === 'string' && /^\d{1,20}$/.test(revision);
  return isTime(passMs) && isRevision && Array.isArray(buckets) && buckets.every(isNotedBucket);
};

export const isNotedRepair = (value: unknown): value is NotedRepair => {
  if (!isJsonObject(value)) return false;
  const { atMs, inserted, updated, deleted } = value;
  return isTime(atMs) && [inserted, updated, deleted].every(isCount);
};
