/** A year of one person as an aw-server's database (545,000 events in 12.5 months, 57 % of them of windows). */
import type { FakeAwSnapshot } from '../support/fake-aw/server.ts';

const DAYS = 380;
/** Of all events, and how many different titles there are. */
export const YEAR_BUCKETS = [
  { id: 'aw-watcher-window_lap', type: 'currentwindow', share: 0.57, titles: 4000 },
  { id: 'aw-watcher-web-firefox_lap', type: 'web.tab.current', share: 0.2, titles: 9000 },
  { id: 'aw-watcher-vim_lap', type: 'app.editor.activity', share: 0.11, titles: 800 },
  { id: 'aw-watcher-afk_lap', type: 'afkstatus', share: 0.12, titles: 2 },
] as const;

/** This many events that end now, with ids in the order in which they were recorded. */
export const year = (kind: 'rust' | 'python', total: number): FakeAwSnapshot => {
  const spanNs = BigInt(DAYS) * 86_400n * 1_000_000_000n;
  const endNs = BigInt(Date.now()) * 1_000_000n;
  const buckets = YEAR_BUCKETS.map(({ id, type, share, titles }, i) => {
    const count = Math.round(total * share);
    const step = spanNs / BigInt(count);
    const events = Array.from({ length: count }, (_, n) => {
      // Not evenly spaced: bursts and pauses, and now and then two with the same start.
      const jitter = (BigInt((n * 7919) % 1000) * step) / 1000n;
      const grain = kind === 'python' ? 1_000_000n : 1n;
      const start =
        ((endNs - spanNs + BigInt(n - (n % 97 === 96 ? 1 : 0)) * step + (n % 97 === 96 ? 0n : jitter)) / grain) * grain;
      const length = BigInt((n * 31) % 90_000) * 1_000_000n + BigInt((n * 17) % 1000) * 1000n;
      const title = (n * 104_729) % titles;
      return {
        id: n * YEAR_BUCKETS.length + i + 1,
        bucket: i + 1,
        start,
        end: start + length,
        data: { app: `app ${title % 40}`, title: `${id} – title number ${title}` },
      };
    });
    events.sort((a, b) => (a.start !== b.start ? (a.start > b.start ? -1 : 1) : b.id - a.id));
    return {
      key: i + 1,
      id,
      type,
      client: 'year',
      hostname: 'lap',
      created: endNs - spanNs,
      data: {},
      longest: 91n * 1_000_000_000n,
      events,
    };
  });
  return {
    sequence: total * YEAR_BUCKETS.length + YEAR_BUCKETS.length,
    bucketSequence: YEAR_BUCKETS.length,
    buckets,
    settings: [],
  };
};
