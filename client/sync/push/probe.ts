/** Small reads of a bucket before anything is sent: its tail, and whether its witnesses are still there. */
import { instantOf, type StoredEvent } from '../../../domain/event.ts';
import type { PushState, Witness } from '../../../domain/sync/push.ts';
import type { EventPage, Local } from '../ports.ts';
import type { CountsAhead } from './count-ahead.ts';
import { tailStartUs } from './tail.ts';
import { areOthers, deviceWitnesses, standing, STANDING } from './witness.ts';

/** A tail with fewer events than this is kept in memory until it is sent; a longer one is walked. */
export const TAIL_LIMIT = 1000;
/** Rows read to look for witnesses: more than 20, because events may have been inserted among them. */
const WITNESS_ROWS = 100;

export type Probe = {
  /** How many events a whole bucket had before its tail was read (spec/sync 4.5); null if it is not whole. */
  readonly count: number | null;
  /**
   * The tail as aw-server printed it, so clipped at its start; null if there is no head yet. `full`: there is more than
   * was read.
   */
  readonly tail: EventPage | null;
  readonly stand: readonly Witness[];
  readonly empty: boolean;
};

/** Looks up witnesses by id: costs more than a page of rows, but is certain. */
const byId = async (local: Local, bucketId: string, witnesses: readonly Witness[]): Promise<Witness[]> => {
  const found: Witness[] = [];
  for (const witness of witnesses) {
    const event = await local.event(bucketId, witness.sourceId);
    if (event !== null && instantOf(event) === witness.atMs) found.push(witness);
  }
  return found;
};

/**
 * Counts a whole bucket, unless it was counted ahead, then reads its tail, and a page for its witnesses if they are not
 * all in the tail. Looks them up one by one only before it reports a changed database.
 */
export const probe = async (local: Local, state: PushState, counts?: CountsAhead): Promise<Probe> => {
  const { bucketId, witnesses, cursor } = state;
  const count = cursor?.footMs === null ? await (counts?.of(bucketId) ?? local.count(bucketId)) : null;
  const tail = cursor && (await local.events(bucketId, { startUs: tailStartUs(cursor), limit: TAIL_LIMIT }));
  const rows: StoredEvent[] = [...(tail?.events ?? [])];
  let stand = standing(witnesses, rows);
  if (stand.length < Math.min(STANDING, witnesses.length)) {
    const newest = witnesses.reduce((latest, { atMs }) => (atMs > latest ? atMs : latest), witnesses[0]!.atMs);
    rows.push(...(await local.events(bucketId, { endUs: (newest + 1n) * 1000n, limit: WITNESS_ROWS })).events);
    stand = standing(witnesses, rows);
  }
  if (areOthers(witnesses.length, stand.length)) stand = await byId(local, bucketId, witnesses);
  return { count, tail, stand, empty: rows.length === 0 };
};

/**
 * Have the ids of the whole database changed? Checks the device's highest ids, in the buckets that exist here and are
 * not empty.
 */
export const areAllOthers = async (
  local: Local,
  states: readonly PushState[],
  probes: ReadonlyMap<string, Probe>,
): Promise<boolean> => {
  const here = states.filter(({ bucketId }) => probes.get(bucketId)?.empty === false);
  const called = deviceWitnesses(here);
  const missing = called.filter(({ bucketId, witness }) => !probes.get(bucketId)!.stand.includes(witness));
  if (!areOthers(called.length, called.length - missing.length)) return false;
  let found = 0;
  for (const { bucketId, witness } of missing) found += (await byId(local, bucketId, [witness])).length;
  return areOthers(called.length, called.length - missing.length + found);
};
