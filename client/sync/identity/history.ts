/** Probes the local aw-server's history, and how much of another history's probe it holds (spec/sync 7.1). */
import { DAY_US } from '../../../domain/day.ts';
import { evenly, markOf, PROBED, type HistoryProbe, type Mark } from '../../../domain/sync/history.ts';
import { instantOf, type StoredEvent } from '../../../domain/event.ts';
import type { Local } from '../ports.ts';

/** Rows per read: more than a probe's newest, because events may have been inserted among them. */
const ROWS = 100;
/** How often the search for a bucket's oldest event doubles its distance: 2^17 days ago is before 1677. */
const DOUBLINGS = 17;

/**
 * Which of these marks a local bucket holds. Marks close together share one page of rows: one read covers a probe's
 * newest, and the spread ones take about twenty. Fails as `local.events` does.
 */
export const heldHere = async (local: Local, bucketId: string, marks: readonly Mark[]): Promise<Mark[]> => {
  const wanted = new Set(marks.map(({ atMs }) => atMs));
  const held: Mark[] = [];
  const left = [...wanted].sort((a, b) => (a < b ? 1 : -1));
  while (left.length > 0) {
    const page = await local.events(bucketId, { endUs: (left[0]! + 1n) * 1000n, limit: ROWS });
    const oldest = page.events.reduce<bigint | null>((least, event) => lesser(least, instantOf(event)), null);
    // A full page may hold only some of the events that start in its oldest instant. The first mark asked for is not
    // asked for again.
    const reached = (atMs: bigint) => atMs === left[0] || !page.full || oldest === null || atMs > oldest;
    const done = new Set(left.filter(reached));
    held.push(...page.events.filter((event) => done.has(instantOf(event))).map(markOf));
    left.splice(0, done.size);
  }
  return held;
};

const lesser = (least: bigint | null, value: bigint): bigint => (least === null || value < least ? value : least);

/** Probes a local bucket: about forty small reads, however much it holds. Fails as `local.events` does. */
export const probeHere = async (local: Local, bucketId: string): Promise<HistoryProbe> => {
  const { events: newest } = await local.events(bucketId, { limit: PROBED });
  const last = newest[0];
  if (!last) return { newest: [], spread: [] };
  const before = async (endUs: bigint): Promise<StoredEvent | null> =>
    (await local.events(bucketId, { endUs, limit: 1 })).events[0] ?? null;

  // aw-server can't be asked for the oldest event: look twice as far back each time, until nothing is there.
  let first = last;
  for (let i = 0; i < DOUBLINGS; i++) {
    const older = await before(last.startUs - (DAY_US << BigInt(i)));
    if (older === null) break;
    first = older;
  }
  const spread = new Map<number, Mark>();
  for (const atUs of evenly(first.startUs, last.startUs)) {
    const found = await before(atUs);
    if (found) spread.set(found.id, markOf(found));
  }
  return { newest: newest.map(markOf), spread: [...spread.values()] };
};
