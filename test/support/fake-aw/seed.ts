import type { FakeAw } from './server.ts';
import type { Row } from './store.ts';
import { MICRO, MILLI, SECOND } from './time.ts';

export type Seed = {
  bucket: string;
  events: number /** end of the newest event, ns since 1970; now unless given */;
  endsAt?: bigint;
};

const APPS = ['Firefox', 'Code', 'Terminal', 'Slack', 'Files', 'Spotify', 'LibreOffice'];
const TITLES = [
  'README.md',
  'Inbox (3)',
  'main.ts - kt-server',
  'ActivityWatch – Übersicht',
  '~/src',
  'Meeting notes',
  'untitled',
  '日本語のページ',
];

/**
 * Adds one bucket of realistic window events straight into the store, so that tests of big syncs start fast.
 * Steady, deterministic and without overlap: an event starts every 5 s. [R] gets nanoseconds as Rust watchers
 * write them, [P] milliseconds.
 */
export function seedWindowEvents(aw: FakeAw, { bucket: id, events, endsAt = BigInt(Date.now()) * MILLI }: Seed): void {
  const snapshot = aw.snapshot();
  if (snapshot.buckets.some((bucket) => bucket.id === id))
    throw new Error(`there is a bucket ${id} already: seed another`);
  const key = snapshot.bucketSequence + 1;
  const step = 5n * SECOND;
  const grain = aw.kind === 'rust' ? 1n : MILLI;
  const first = (endsAt / SECOND) * SECOND - BigInt(events) * step;
  const rows = new Array<Row>(events);
  for (let i = 0; i < events; i++) {
    const start =
      first +
      BigInt(i) * step +
      BigInt((i * 7919) % 1000) * MILLI +
      (grain === 1n ? BigInt((i * 104_729) % 1_000_000) : 0n);
    const length = SECOND + BigInt((i * 31) % 2900) * MILLI + BigInt((i * 17) % 1000) * MICRO;
    const data = {
      app: APPS[(i * 5) % APPS.length] as string,
      title: TITLES[(i * 3 + (i >> 4)) % TITLES.length] as string,
    };
    // newest first
    rows[events - 1 - i] = { id: snapshot.sequence + 1 + i, bucket: key, start, end: start + length, data };
  }
  const facts = {
    id,
    type: 'currentwindow',
    client: 'aw-watcher-window',
    hostname: aw.hostname,
    created: first,
    data: {},
  };
  aw.restore({
    ...snapshot,
    sequence: snapshot.sequence + events,
    bucketSequence: key,
    buckets: [...snapshot.buckets, { ...facts, key, longest: 4n * SECOND, events: rows }],
  });
}
