/**
 * What people's devices do meanwhile, and an account of it: every answer that kt-server gave, what of it acknowledged
 * a row, and what is there in the end.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { listing } from '../faults/reading.ts';

/** How kt-server is reached: by a key, or as its own page is by a browser with this cookie. */
export type Endpoint = { readonly url: string; readonly key: string; readonly cookie?: string };

/** What became of the rows that were sent. */
type Account = {
  readonly acknowledged: number;
  /** Acknowledged, and not there. */
  readonly lost: readonly string[];
  /** There more than once. */
  readonly doubled: readonly string[];
};

export type Load = {
  /** Answers that are neither success nor 503 with Retry-After, and what was sent and got none. */
  readonly odd: readonly string[];
  /** How many were answered with 503. */
  readonly refused: () => number;
  /** The longest time between two writes that succeeded, in ms, since the last `gap`. */
  gap(): number;
  /** Until a write that begins now has succeeded. */
  served(): Promise<void>;
  /** Ends all of it, and waits for the last answers. */
  stop(): Promise<void>;
  /** What is there of what was sent. After `stop`. */
  account(): Promise<Account>;
};

const [BEATS, SINGLES] = ['beats', 'singles'];
/** Between two requests of each kind, in ms. */
const EVERY = 40;

export const headersOf = ({ url, key, cookie }: Endpoint): Record<string, string> => ({
  ...(cookie === undefined ? { authorization: `Bearer ${key}` } : { cookie, origin: url }),
  'content-type': 'application/json',
});

/** Heartbeats, events and reads, each kind one request after the other, until stopped. `name` makes its own buckets. */
export const startLoad = async (endpoint: Endpoint, name: string): Promise<Load> => {
  const headers = headersOf(endpoint);
  const odd: string[] = [];
  const began = Date.now();
  let refused = 0;
  let on = true;
  let beats = 0;
  let last = performance.now();
  let longest = 0;

  /** Whether it succeeded. */
  const ask = async (method: string, path: string, body?: unknown): Promise<boolean> => {
    const what = `${method} ${path}`;
    try {
      const response = await fetch(endpoint.url + path, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (response.status === 200 && !(path === '/graphql' && text.includes('"errors"'))) return true;
      if (response.status === 503 && /^\d+$/.test(response.headers.get('retry-after') ?? '')) refused++;
      else odd.push(`${what}: ${response.status} ${text.slice(0, 300)}`);
    } catch (error) {
      odd.push(`${what}: ${String((error as Error).cause ?? error)}`);
    }
    return false;
  };
  const bucket = (which: string) => `/api/0/buckets/${name}-${which}`;
  for (const which of [BEATS, SINGLES])
    if (!(await ask('POST', bucket(which!), { type: 't', client: 'c', hostname: 'h' }))) throw new Error(odd.join());

  const eventOf = (n: number) => ({ timestamp: new Date(began + n).toISOString(), duration: 0, data: { n } });
  const acknowledged = { [BEATS!]: new Set<string>(), [SINGLES!]: new Set<string>() };

  /** As a watcher's client has it, which keeps a heartbeat in its queue and sends it until it is taken. */
  const beat = async () => {
    for (; on; beats++) {
      while (!(await ask('POST', `${bucket(BEATS!)}/heartbeat?pulsetime=0`, eventOf(beats)))) {
        if (!on) return;
        await sleep(EVERY);
      }
      acknowledged[BEATS!]!.add(String(beats));
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
      await sleep(EVERY);
    }
  };
  /** Never sent again: a second one is another event to aw-server. */
  const insert = async () => {
    for (let n = 0; on; n++) {
      if (await ask('POST', `${bucket(SINGLES!)}/events`, [eventOf(n)])) acknowledged[SINGLES!]!.add(String(n));
      await sleep(EVERY);
    }
  };
  const read = async () => {
    while (on) {
      await ask('GET', `${bucket(BEATS!)}/events?limit=10`);
      await ask('POST', '/graphql', { query: '{ viewer { email } devices { hostname buckets { bucketId } } }' });
      await sleep(EVERY);
    }
  };
  const work = Promise.all([beat(), insert(), read()]);

  return {
    odd,
    refused: () => refused,
    gap: () => {
      const found = longest;
      longest = 0;
      return found;
    },
    served: async () => {
      // The next one but one began after now.
      for (const from = beats; beats < from + 2; ) await sleep(EVERY);
    },
    stop: async () => {
      on = false;
      await work;
    },
    account: async () => {
      const [lost, doubled]: string[][] = [[], []];
      let count = 0;
      for (const [which, ours] of Object.entries(acknowledged)) {
        const found = await listing((path) => fetch(endpoint.url + path, { headers }), `${name}-${which}`);
        const there = new Set<string>();
        for (const { data } of found) {
          const n = String((data as { n: number }).n);
          if (there.has(n)) doubled!.push(`${which} ${n}`);
          there.add(n);
        }
        count += ours.size;
        for (const n of ours) if (!there.has(n)) lost!.push(`${which} ${n}`);
      }
      return { acknowledged: count, lost: lost!, doubled: doubled! };
    },
  };
};

/** A subscription as a browser has it: one stream, which is not opened again when it ends. */
export const subscribe = async (
  endpoint: Endpoint,
): Promise<{ latest(): bigint; isOpen(): boolean; leave(): void }> => {
  const left = new AbortController();
  const response = await fetch(`${endpoint.url}/graphql`, {
    method: 'POST',
    headers: { ...headersOf(endpoint), accept: 'text/event-stream' },
    body: '{"query":"subscription{revision}"}',
    signal: left.signal,
  });
  let [latest, open] = [0n, true];
  const reading = async () => {
    let text = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text = (text + chunk).slice(-1_000);
      const found = [...text.matchAll(/"revision":"?(\d+)/g)].at(-1);
      if (found) latest = BigInt(found[1]!);
    }
  };
  void reading()
    .catch(() => {})
    .finally(() => (open = false));
  return { latest: () => latest, isOpen: () => open, leave: () => left.abort() };
};
