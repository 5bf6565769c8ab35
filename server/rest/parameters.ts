/** What paths and query strings say, as values. */
import { KtError } from '../../domain/errors.ts';
import { parseOpenTime, type Micros, type ZoneNote } from '../../domain/time.ts';

/** The parameters of a raw request-target; a `+` among them is a blank. */
export const queryOf = (target: string): URLSearchParams => new URLSearchParams(/\?([^#]*)/.exec(target)?.[1]);

const invalid = (message: string): never => {
  throw new KtError('invalid', message);
};

const time = (query: URLSearchParams, name: string, zones: ZoneNote): Micros | null => {
  const text = query.get(name);
  if (text === null) return null;
  return (
    parseOpenTime(text, zones) ??
    invalid(`${name} must be an RFC 3339 time, like 2024-05-31T09:30:00Z; a + in it is written %2B`)
  );
};

/**
 * `start` and `end`: each may be missing, but not malformed, empty or out of range (spec/rest 1.4, 3.6). `zones`
 * notes one that says no zone, and is read as UTC. Fails with `invalid`.
 */
export const period = (query: URLSearchParams, zones: ZoneNote): { startUs: Micros | null; endUs: Micros | null } => ({
  startUs: time(query, 'start', zones),
  endUs: time(query, 'end', zones),
});

/**
 * `limit`. What Rust's u64 does not parse means no limit (spec/rest 3.6): the Python client and aw-webui send -1 for
 * "all". So does a number that no list is as long as.
 */
export const limit = (query: URLSearchParams): number | null => {
  const text = query.get('limit') ?? '';
  const number = /^\+?\d+$/.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(number) ? number : null;
};

/**
 * `pulsetime`: decimal seconds, as Rust and Python read them; JavaScript alone takes `0x10` and reads nothing
 * as 0. Fails with `invalid`.
 */
export const pulsetime = (query: URLSearchParams): number => {
  const text = query.get('pulsetime') ?? '';
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)
    ? Number(text)
    : invalid('the parameter pulsetime must be a number of seconds, like 60');
};
