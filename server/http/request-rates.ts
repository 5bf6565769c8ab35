/**
 * How many requests a minute are answered: a token bucket for each key and session that is known to be good, and one
 * for each address that asks without. Who has a key is not kept waiting by strangers behind the same address.
 *
 * Heartbeats with a good key are never counted: a watcher sends one a second for as long as its computer is on, sends
 * those of a week away as fast as it can, and aw-client's queue drops what is answered with an error.
 */
import type { Config } from '../config.ts';
import { countedAddress } from './connection-limits.ts';

/** Requests a minute, and as many at once after a minute without; 0 for no limit. */
export type RateLimits = { readonly perKey: number; readonly perAddress: number };

export const rateLimitsOf = ({
  requestsPerKey,
  requestsPerAddress,
}: Pick<Config, 'requestsPerKey' | 'requestsPerAddress'>): RateLimits => ({
  perKey: requestsPerKey,
  perAddress: requestsPerAddress,
});

/**
 * What the answer has to tell of the limit, in the fields of draft-ietf-httpapi-ratelimit-headers-11; `retryAfter` is
 * in seconds, null for a request that is answered.
 */
export type Told = { readonly retryAfter: number | null; readonly message: string; readonly fields: RateFields };
type RateFields = Readonly<Record<'ratelimit' | 'ratelimit-policy', string>>;

/** Whose key or session it is. */
type Known = { readonly keyId: string | null; readonly sessionId: string | null };

export type RequestRates = {
  /**
   * Counts a request. `address` is where it came from, as far as proxies are trusted to tell; null where nothing says
   * it. Null where there is nothing to tell: half of the limit is left, or more.
   */
  count(headers: Headers, address: string | null, isHeartbeat: boolean): Told | null;
  /** Remembers that what a request shows is good, and whose. */
  known(headers: Headers, viewer: Known): void;
  /** Forgets it, once it is refused. */
  forget(headers: Headers): void;
};

/** The time in which a limit's number of requests may come, in ms. */
const WINDOW = 60_000;
/**
 * The most that is remembered in one table, of some hundred bytes each. Whoever makes the table forget somebody, by
 * coming from that many addresses, gives them a full bucket: nobody is refused for it.
 */
const MOST = 10_000;

/** When the bucket is full again, in ms on the clock of `now`: all that a token bucket needs (GCRA). */
type Bucket = { fullAt: number };

/**
 * A map that forgets what was not asked for longest, half of it at a time: without moving an entry at every request.
 */
const makeRecent = <T>(most = MOST) => {
  let recent = new Map<string, T>();
  let before = new Map<string, T>();
  const set = (name: string, value: T): T => {
    if (recent.size >= most / 2) {
      before = recent;
      recent = new Map();
    }
    recent.set(name, value);
    return value;
  };
  return {
    get: (name: string): T | undefined => {
      const value = recent.get(name);
      if (value !== undefined) return value;
      const older = before.get(name);
      return older === undefined ? undefined : set(name, older);
    },
    set,
    delete: (name: string): void => {
      recent.delete(name);
      before.delete(name);
    },
  };
};

/**
 * What tells a key or session from all others: its last 12 characters, 72 bits that nothing shows, of whatever form the
 * header has. No secret is kept as a whole, and no header of 16 KB.
 */
const shownIn = (headers: Headers): string | null => {
  const header = headers.get('authorization') ?? headers.get('x-api-key');
  const shown = header?.trim() ?? /(?:^|[;\s])(?:__Host-)?kt=([\w-]{20,})/.exec(headers.get('cookie') ?? '')?.[1];
  return shown === undefined || shown.length < 20 ? null : shown.slice(-12);
};

const WHO = {
  key: ['key', 'this API key or browser'],
  address: ['address', 'your address without a good API key'],
} as const;

/** `now` is in ms, and never goes back. */
export const makeRequestRates = ({ perKey, perAddress }: RateLimits, now: () => number, most = MOST): RequestRates => {
  /** By what is shown; two forms of one key have one bucket. */
  const shown = makeRecent<Bucket>(most);
  const ofKeys = makeRecent<Bucket>(most);
  const ofAddresses = makeRecent<Bucket>(most);
  /** Heartbeats whose key is not known yet: other requests from there must not keep a watcher waiting. */
  const ofHeartbeats = makeRecent<Bucket>(most);

  const taken = (bucket: Bucket, limit: number, by: keyof typeof WHO): Told | null => {
    if (limit === 0) return null;
    const at = now();
    const each = WINDOW / limit;
    const full = Math.max(bucket.fullAt, at) + each;
    const left = Math.floor((at + WINDOW - full) / each + 1e-6);
    if (left >= limit / 2) {
      bucket.fullAt = full;
      return null;
    }
    const [name, words] = WHO[by];
    const policy = `"${name}";q=${limit};w=${WINDOW / 1000}`;
    const told = (remaining: number, seconds: number): RateFields => ({
      ratelimit: `"${name}";r=${remaining};t=${seconds}`,
      'ratelimit-policy': policy,
    });
    if (left >= 0) {
      bucket.fullAt = full;
      return { retryAfter: null, message: '', fields: told(left, Math.ceil((full - at) / 1000)) };
    }
    const retryAfter = Math.max(1, Math.ceil((full - WINDOW - at) / 1000));
    const message = `more than ${limit} requests a minute came from ${words}: wait ${retryAfter} s, then try again`;
    return { retryAfter, message, fields: told(0, retryAfter) };
  };

  return {
    count: (headers, address, isHeartbeat) => {
      const who = shownIn(headers);
      const good = who === null ? undefined : shown.get(who);
      if (good) return isHeartbeat ? null : taken(good, perKey, 'key');
      const from = address === null ? null : countedAddress(address);
      if (from === null) return null;
      const table = isHeartbeat ? ofHeartbeats : ofAddresses;
      return taken(table.get(from) ?? table.set(from, { fullAt: 0 }), perAddress, 'address');
    },
    known: (headers, { sessionId, keyId }) => {
      const who = shownIn(headers);
      const whose = sessionId ?? keyId;
      if (who === null || whose === null || shown.get(who)) return;
      shown.set(who, ofKeys.get(whose) ?? ofKeys.set(whose, { fullAt: 0 }));
    },
    forget: (headers) => {
      const who = shownIn(headers);
      if (who !== null) shown.delete(who);
    },
  };
};

/** Without limits. */
export const NO_RATES: RequestRates = { count: () => null, known: () => {}, forget: () => {} };
