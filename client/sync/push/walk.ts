import type { StoredEvent } from '../../../domain/event.ts';
import { KtError } from '../../../domain/errors.ts';
import { listed, rowsFrom, type Listed, type Rows } from '../../../domain/sync/listed.ts';
import type { Micros } from '../../../domain/time.ts';
import type { EventPage, EventQuery, Local, Refusal } from '../ports.ts';

/** Events per read: the same as aw-sync uses. */
export const PAGE_SIZE = 5000;
/** How often a page is read again because an event was deleted before it could be read by id. */
const REREADS = 3;

/** One page of a walk: whole events, newest start first, each once. */
export type WalkPage = Listed & {
  readonly unreadable: readonly Refusal[];
  /** Nothing older is left. */
  readonly last: boolean;
};

export type WalkOptions = {
  /** Only events that start before this: where an earlier walk stopped. */
  readonly before?: Micros | undefined;
  /** Only events that *end* here or later. Clips, and hides negative durations: for tails only. */
  readonly endingFrom?: Micros | undefined;
  readonly pageSize?: number | undefined;
  /** False: read no page before it is needed, for callers that may stop early. */
  readonly ahead?: boolean | undefined;
};

/** The rows of a page that may be returned, and where the next page begins (null: there is none). */
type Cut = { readonly events: StoredEvent[]; readonly next: Micros | null };

/**
 * Cuts a page, so that equal starts are never torn: a full page leaves the rows of its oldest start to the next one.
 * Rows at `before` or later were handed out already. Null when nothing remains: read again with a greater limit.
 *
 *   before        |
 *   page    [c] [b][b] [a]        full: [b][b] go out, next = start of b; [a] may have equals on the next page
 */
export const cutPage = (page: EventPage, before: Micros | undefined): Cut | null => {
  const isFresh = (startUs: Micros): boolean => before === undefined || startUs < before;
  if (!page.full) return { events: page.events.filter(({ startUs }) => isFresh(startUs)), next: null };
  // An unreadable row counts by its start, if it has one: otherwise a page of nothing but such rows would be read again
  // and again with a growing limit.
  const least = (isMeant: (startUs: Micros) => boolean): Micros | null => {
    let least: Micros | null = null;
    for (const rows of [page.events, page.unreadable])
      for (const { startUs } of rows)
        if (typeof startUs === 'bigint' && (least === null || startUs < least) && isMeant(startUs)) least = startUs;
    return least;
  };
  const oldest = least(() => true);
  const isWhole = (startUs: Micros): boolean => startUs > oldest! && isFresh(startUs);
  const next = least(isWhole);
  return next === null ? null : { events: page.events.filter(({ startUs }) => isWhole(startUs)), next };
};

/**
 * May this row have been clipped to the requested period? Its printed end reaches the upper bound, or it is printed at
 * the lower one. Starts are truncated to the µs when read, so an end may be one short.
 */
export const mayBeClipped = (event: StoredEvent, query: EventQuery): boolean =>
  (query.endUs !== undefined && event.durationNs >= (query.endUs - event.startUs - 1n) * 1000n) ||
  (query.startUs !== undefined && event.startUs <= query.startUs);

/**
 * The same for columns, as a stretch of them; null where that is for `cutPage` to say: when nothing remains, when they
 * are not newest first, as every aw-server lists them, or when one of them may be clipped.
 */
export const cutRows = (rows: Rows, full: boolean, query: EventQuery): { rows: Rows; next: Micros | null } | null => {
  const { startsUs, durationsNs } = rows;
  if (query.startUs !== undefined) return null;
  const endUs = query.endUs === undefined ? Number.POSITIVE_INFINITY : Number(query.endUs);
  const oldest = startsUs.at(-1)!;
  let [from, to] = [0, 0];
  for (let row = 0; row < startsUs.length; row++) {
    const startUs = startsUs[row]!;
    if (row > 0 && startUs > startsUs[row - 1]!) return null;
    if (startUs >= endUs) from = row + 1;
    else if (durationsNs[row]! >= (endUs - startUs - 1) * 1000) return null;
    if (!full || startUs > oldest) to = row + 1;
  }
  if (full && to <= from) return null;
  return { rows: rowsFrom(rows, from, Math.max(from, to)), next: full ? BigInt(startsUs[to - 1]!) : null };
};

/** Reads by id the whole events behind rows that may be clipped; null if one of them has changed since the page. */
const unclipped = async (local: Local, bucketId: string, rows: readonly StoredEvent[], query: EventQuery) => {
  if (!rows.some((row) => mayBeClipped(row, query))) return { events: rows };
  const events: StoredEvent[] = [];
  for (const row of rows) {
    if (!mayBeClipped(row, query)) {
      events.push(row);
      continue;
    }
    const whole = await local.event(bucketId, row.id);
    const cutAtStart = query.startUs !== undefined && row.startUs <= query.startUs;
    if (whole === null || (whole.startUs !== row.startUs && !cutAtStart)) return null;
    events.push(whole);
  }
  return { events };
};

/**
 * Reads a bucket newest first, the only order aw-server has (spec/sync 2.3), and `ahead` fetches the next page while
 * the caller works on one: two are in memory at a time. The last page has `last` set; an empty bucket is one empty
 * page. Fails as `local.events` does, and with `unavailable` if the bucket changes faster than it can be read.
 */
export async function* walk(
  local: Local,
  bucketId: string,
  options: WalkOptions = {},
): AsyncGenerator<WalkPage, void, void> {
  const { endingFrom, pageSize = PAGE_SIZE, ahead = true } = options;
  const read = (before: Micros | undefined, limit: number) => {
    const query: EventQuery = {
      limit,
      ...(before === undefined ? {} : { endUs: before }),
      ...(endingFrom === undefined ? {} : { startUs: endingFrom }),
    };
    const answer = local.events(bucketId, query);
    answer.catch(() => undefined); // thrown where it is awaited
    return { before, limit, query, answer };
  };
  let asked = read(options.before, pageSize);
  let rereads = 0;
  try {
    for (;;) {
      const { before, limit, query, answer } = asked;
      const page = await answer;
      const columns = page.rows && page.unreadable.length === 0 ? cutRows(page.rows, page.full, query) : null;
      const cut = columns ?? cutPage(page, before);
      if (cut === null) {
        asked = read(before, limit * 2);
        continue;
      }
      const whole = 'rows' in cut ? listed(cut.rows) : await unclipped(local, bucketId, cut.events, query);
      if (whole === null) {
        if (++rereads > REREADS)
          throw new KtError(
            'unavailable',
            `bucket "${bucketId}" changes while it is read: sync again when it is quieter`,
          );
        asked = read(before, limit);
        continue;
      }
      if (cut.next !== null && ahead) asked = read(cut.next, pageSize);
      yield Object.assign(whole, { unreadable: page.unreadable, last: cut.next === null });
      if (cut.next === null) return;
      if (!ahead) asked = read(cut.next, pageSize);
      rereads = 0;
    }
  } finally {
    await asked.answer.catch(() => undefined); // an abandoned walk leaves no request behind
  }
}
