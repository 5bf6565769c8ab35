/** Values from paths and query strings. */
import { KtError } from '../../domain/errors.ts';
import { parseOpenTime, type Micros, type ZoneNote } from '../../domain/time.ts';

/** The parameters of a raw request-target; `+` is a blank. */
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
 * `start` and `end`: each is optional, but must not be malformed, empty or out of range (spec/rest 1.4, 3.6). `zones`
 * records one without a zone, which is read as UTC. Fails with `invalid`.
 */
export const period = (query: URLSearchParams, zones: ZoneNote): { startUs: Micros | null; endUs: Micros | null } => ({
  startUs: time(query, 'start', zones),
  endUs: time(query, 'end', zones),
});

/**
 * `limit`. A value that Rust's u64 does not parse means no limit (spec/rest 3.6): the Python client and aw-webui send
 * -1 for "all". So does a number larger than any list.
 */
export const limit = (query: URLSearchParams): number | null => {
  const text = query.get('limit') ?? '';
  const number = /^\+?\d+$/.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(number) ? number : null;
};

/**
 * `pulsetime`: decimal seconds, as Rust and Python parse them; JavaScript would also accept `0x10`, and read an empty
 * text as 0. Fails with `invalid`.
 */
export const pulsetime = (query: URLSearchParams): number => {
  const text = query.get('pulsetime') ?? '';
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)
    ? Number(text)
    : invalid('the parameter pulsetime must be a number of seconds, like 60');
};
