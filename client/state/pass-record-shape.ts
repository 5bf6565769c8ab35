/** The record of the last passes as JSON, and back: accepted only if all of it has the right shape. */
import { isJsonObject, type JsonObject } from '../../domain/data.ts';
import { formatTime, parseLenientTime, type Micros } from '../../domain/time.ts';
import type { Against, BucketRecord, Compared, PassRecord } from '../status/pass-record.ts';
import type { Refusal } from '../sync/ports.ts';

/** A value does not have the expected shape. */
class Odd extends Error {}

const odd = (): never => {
  throw new Odd();
};

const text = (value: unknown): string => (typeof value === 'string' ? value : odd());
const object = (value: unknown): JsonObject => (isJsonObject(value) ? value : odd());
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : odd());
const orNull = <T>(value: unknown, read: (value: unknown) => T): T | null => (value === null ? null : read(value));
const oneOf =
  <T extends string>(...words: readonly T[]) =>
  (value: unknown): T =>
    words.find((word) => word === value) ?? odd();
const time = (value: unknown): Micros => parseLenientTime(text(value)) ?? odd();

const byOf = oneOf('sync', 'daemon', 'verify');
const taskOf = oneOf('pass', 'proof');
const modeOf = oneOf('push', 'pull', 'both');
const outcomeOf = oneOf('in_step', 'skipped', 'held', 'failed');

const integer = (value: unknown): number => (Number.isSafeInteger(value) ? (value as number) : odd());

const refusalOf = (raw: unknown): Refusal => {
  const { sourceId, startUs, reason } = object(raw);
  return {
    sourceId: orNull(sourceId, integer),
    ...(startUs === undefined ? {} : { startUs: orNull(startUs, time) }),
    reason: text(reason),
  };
};

const bucketOf = (raw: unknown): BucketRecord => {
  const { bucket, origin, outcome, reason, inStepUs, here = null, there = null, setAside } = object(raw);
  return {
    bucket: text(bucket),
    origin: orNull(origin, (value) => ({
      device: text(object(value)['device']),
      hostname: text(object(value)['hostname']),
    })),
    outcome: outcomeOf(outcome),
    reason: orNull(reason, text),
    inStepUs: orNull(inStepUs, time),
    here: orNull(here, integer),
    there: orNull(there, integer),
    setAside: list(setAside).map(refusalOf),
  };
};

const againstOf = (raw: unknown): Against => {
  const { url, account, device } = object(raw);
  return { url: text(url), account: orNull(account, text), device: orNull(device, text) };
};

const comparedOf = (raw: unknown): Compared => {
  const { events, sinceMs, daysLeft } = object(raw);
  return { events: integer(events), sinceMs: orNull(sinceMs, integer), daysLeft: orNull(daysLeft, integer) };
};

/**
 * The record in a parsed file; null if it does not have this shape. The file calls the task `deed`, as it always did.
 */
export const recordOfJson = (raw: JsonObject): PassRecord | null => {
  try {
    const {
      by,
      deed,
      mode,
      startedUs,
      endedUs,
      error,
      inStepUs,
      proof,
      buckets,
      against = null,
      compared = null,
    } = raw;
    return {
      against: orNull(against, againstOf),
      by: byOf(by),
      task: taskOf(deed),
      mode: modeOf(mode),
      startedUs: time(startedUs),
      endedUs: time(endedUs),
      error: orNull(error, (value) => ({ code: text(object(value)['code']), message: text(object(value)['message']) })),
      inStepUs: orNull(inStepUs, time),
      proof: orNull(proof, (value) => ({
        endedUs: time(object(value)['endedUs']),
        equal: object(value)['equal'] === true,
      })),
      compared: orNull(compared, comparedOf),
      buckets: list(buckets).map(bucketOf),
    };
  } catch (error) {
    if (error instanceof Odd) return null;
    throw error;
  }
};

/** The record with its times (all names that end in `Us`) as ISO text, for people who read the file. */
export const recordToJson = (version: number, { task, ...record }: PassRecord): string =>
  JSON.stringify(
    { version, deed: task, ...record },
    (name, value: unknown) => (name.endsWith('Us') && typeof value === 'bigint' ? formatTime(value) : value),
    2,
  );
