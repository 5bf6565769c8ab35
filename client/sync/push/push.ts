import { isKtError } from '../../../domain/errors.ts';
import type { StoredEvent } from '../../../domain/event.ts';
import { dayOf } from '../../../domain/sync/day-digest.ts';
import { MOST_PUSHED_DAYS, type Moving } from '../../../domain/sync/parts.ts';
import type { PushCursor } from '../../../domain/sync/push.ts';
import { makeOutbox, partsOf, type Outbox, type Parcel } from './outbox.ts';
import { differingGroups, groupOf, keyOf, makeMinutes, minuteOf, remembered, type TailMinutes } from './minutes.ts';
import type { PushStep } from '../plan.ts';
import { TAIL_LIMIT } from './probe.ts';
import type { DaySums, EventPage, Local, PushResult, Remote } from '../ports.ts';
import { fail, noteRefused, pushedBucket, type Progress, type PushedBucket } from '../report.ts';
import { footOf, headOf, makeTailDigest, tailDigest, tailStartUs, type TailDigest } from './tail.ts';
import { walk } from './walk.ts';

export type PushRun = {
  readonly local: Local;
  readonly remote: Remote;
  readonly deviceId: string;
  readonly pass: number;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** The tail of this bucket is acknowledged: a tail with this digest need not be sent again. */
  readonly acknowledged: (bucketId: string, digest: string) => void;
  /** What was acknowledged of long tails before this pass; `acknowledgedMinutes` reports what is now. */
  readonly minutes: Readonly<Record<string, TailMinutes>>;
  readonly acknowledgedMinutes: (bucketId: string, minutes: TailMinutes) => void;
  /** What counts as moving, if this pass compares; null asks for no digests. */
  readonly moving: Moving | null;
  /** Days that events were sent for, and what the server holds of them now; null if unknown. */
  readonly compared: (bucketId: string, days: readonly number[], sums: DaySums | null) => void;
  /** Where the bucket stands on the server, after each call that included it. */
  readonly stored: (standing: PushResult) => void;
};

type SendStep = Extract<PushStep, { kind: 'send' }>;

/** One bucket's push: its report, where its cursor stands on the server, and whether it has stopped. */
type Sending = { readonly step: SendStep; readonly report: PushedBucket; cursor: PushCursor | null; ended: boolean };

/** Gives events of a bucket to the outbox in batches; the cursor goes with the last one. */
const post = async (
  run: PushRun,
  outbox: Outbox,
  sending: Sending,
  events: readonly StoredEvent[],
  cursor: PushCursor | null,
  onStored: (events: readonly StoredEvent[]) => void,
): Promise<void> => {
  const { step, report } = sending;
  const days = [...new Set(events.map(dayOf))].sort((a, b) => b - a);
  const compare = run.moving && { days: days.slice(0, MOST_PUSHED_DAYS), moving: run.moving };
  const parcel: Omit<Parcel, 'events' | 'cursor'> = {
    bucket: {
      bucket: step.bucket,
      epoch: step.epoch,
      ...(step.takeOver && report.sent === 0 ? { takeOver: step.takeOver } : {}),
      ...(compare ? { compare } : {}),
    },
    stored(result, sent) {
      report.sent += sent.length;
      report.inserted += result.inserted;
      report.updated += result.updated;
      report.unchanged += result.unchanged;
      report.deleted += result.deleted;
      noteRefused(report.rejected, result.rejected);
      sending.cursor = result.cursor;
      run.stored(result);
      run.compared(step.bucket.id, days, result.compared);
      onStored(sent);
    },
    setAside: ({ id }, reason) => noteRefused(report.rejected, [{ sourceId: id, reason }]),
    failed(error) {
      fail(report, error.message);
      sending.ended = true;
    },
  };
  const parts = [...partsOf(events)];
  const last = parts.pop() ?? [];
  for (const part of parts) await outbox.add({ ...parcel, events: part, cursor: null });
  await outbox.add({ ...parcel, events: last, cursor });
};

/** Sends a tail that is in memory, with the events clipped at its start read again whole. Moves the head. */
const pushTail = async (run: PushRun, outbox: Outbox, sending: Sending, { events: printed, unreadable }: EventPage) => {
  const { local, acknowledged } = run;
  const { bucket, epoch } = sending.step;
  const before = sending.cursor!;
  const startUs = tailStartUs(before);
  noteRefused(sending.report.rejected, unreadable);
  const whole: StoredEvent[] = [];
  for (const event of printed) {
    const read = event.startUs > startUs ? event : await local.event(bucket.id, event.id);
    if (read !== null) whole.push(read);
  }
  // If an event was deleted or became unreadable meanwhile, the cursor stays and the next pass starts from the same
  // place.
  const isWhole = whole.length === printed.length;
  const cursor: PushCursor | null = isWhole ? { headMs: headOf(whole, before.headMs)!, footMs: before.footMs } : null;
  await post(run, outbox, sending, whole, cursor, (sent) => {
    if (!isWhole || sent.length < whole.length || sending.cursor === null) return;
    // If the head stayed, the next pass reads the rows as they were printed; else they will look like this.
    const rows = sending.cursor.headMs === before.headMs ? printed : whole;
    acknowledged(bucket.id, tailDigest(rows, sending.cursor, bucket, epoch));
  });
};

/**
 * Sends what differs, by minutes, between a tail that is too long for memory and what was acknowledged. Reads the tail
 * once to compare, and again down to the oldest minute that differs to send. The last batch moves the head.
 */
const pushLongTail = async (run: PushRun, outbox: Outbox, sending: Sending) => {
  const { bucket, epoch } = sending.step;
  const before = sending.cursor!;
  const endingFrom = tailStartUs(before);
  const known = Object.hasOwn(run.minutes, bucket.id) ? run.minutes[bucket.id] : undefined;
  const key = keyOf(bucket, epoch);
  let head = before.headMs;
  // As the next pass will read it: `held` if the head stays, `moved` if it moves.
  const held = makeMinutes(endingFrom);
  let moved: typeof held | null = null;
  for await (const { events, unreadable } of walk(run.local, bucket.id, { endingFrom })) {
    head = headOf(events, head)!;
    moved ??= makeMinutes(tailStartUs({ headMs: head, footMs: null })); // the first page has the newest events
    for (const minutes of [held, moved]) minutes.add(events);
    noteRefused(sending.report.rejected, unreadable);
  }
  const { width, groups } = differingGroups(held.minutes, known, key);
  if (groups.size === 0 && known?.key === key) return;

  const differs = (event: StoredEvent) => groups.has(groupOf(minuteOf(event), width));
  const ways = [held, moved ?? held];
  for (const minutes of ways) minutes.forget((minute) => groups.has(groupOf(minute, width)));
  let [handed, stored, isAll] = [0, 0, false];
  const send = (events: readonly StoredEvent[]) => {
    handed += events.length;
    return post(run, outbox, sending, events, isAll ? { headMs: head, footMs: before.footMs } : null, (sent) => {
      stored += sent.length;
      for (const minutes of new Set(ways)) minutes.add(sent);
      if (!isAll || stored < handed || sending.cursor === null) return;
      const way = sending.cursor.headMs === head ? ways[1]! : sending.cursor.headMs === before.headMs ? held : null;
      if (way) run.acknowledgedMinutes(bucket.id, remembered(way.minutes, key, width));
    });
  };
  const oldest = [...groups].reduce((least, group) => Math.min(least, group), Infinity);
  let waiting: readonly StoredEvent[] = [];
  for await (const { events } of walk(run.local, bucket.id, { endingFrom, ahead: false })) {
    if (waiting.length > 0) await send(waiting);
    if (sending.ended) return;
    waiting = events.filter(differs);
    run.onProgress?.({ phase: 'push', bucket: bucket.id, done: sending.report.sent, total: null });
    if (events.some((event) => groupOf(minuteOf(event), width) < oldest)) break;
  }
  isAll = true;
  await send(waiting);
};

/**
 * Sends what was never sent: the first page sets the head, each page lowers the foot, and the end makes the bucket
 * whole.
 */
const pushWalk = async (run: PushRun, outbox: Outbox, sending: Sending, total: number | null) => {
  const { bucket, epoch, known } = sending.step;
  const start = sending.cursor;
  const before = start?.footMs == null ? undefined : start.footMs * 1000n;
  let head = start?.headMs ?? null;
  let foot = start?.footMs ?? null;
  let digest: TailDigest | null = null;
  let minutes: ReturnType<typeof makeMinutes> | null = null;
  let read = 0;
  // The next page is read while the last is being stored: one of them waits, no more.
  for await (const page of walk(run.local, bucket.id, { before, ahead: false })) {
    const { events, unreadable, last } = page;
    noteRefused(sending.report.rejected, unreadable);
    head ??= headOf(events, null);
    foot = footOf(events) ?? foot;
    read += events.length;
    if (head === null && known) return; // still empty, and the server has it as such
    const cursor = head === null ? null : { headMs: head, footMs: last ? null : foot };
    await post(run, outbox, sending, events, cursor, (sent) => {
      if (start !== null || sending.cursor === null) return;
      digest ??= makeTailDigest({ ...sending.cursor, footMs: null });
      minutes ??= makeMinutes(tailStartUs(sending.cursor));
      for (const tail of [digest, minutes]) tail.add(sent);
      if (!last || sending.cursor.footMs !== null) return;
      run.acknowledged(bucket.id, digest.text(bucket, epoch));
      if (minutes.events >= TAIL_LIMIT)
        run.acknowledgedMinutes(bucket.id, remembered(minutes.minutes, keyOf(bucket, epoch)));
    });
    if (sending.ended) return;
    run.onProgress?.({ phase: 'push', bucket: bucket.id, done: read, total });
  }
};

const pushBucket = async (run: PushRun, outbox: Outbox, sending: Sending): Promise<void> => {
  const { bucket, tail, walk: walks, cursor } = sending.step;
  const total = run.onProgress && walks && cursor === null ? await run.local.count(bucket.id) : null;
  run.onProgress?.({ phase: 'push', bucket: bucket.id, done: 0, total });
  if (tail?.full) await pushLongTail(run, outbox, sending);
  else if (tail !== null) await pushTail(run, outbox, sending, tail);
  if (!walks) return;
  if (tail !== null) await outbox.flush(); // the walk continues from the cursor that the tail leaves
  if (sending.ended) return;
  await pushWalk(run, outbox, sending, total);
};

/**
 * Carries out the push steps of a plan, several small buckets per call. A bucket that can't be read or is refused fails
 * alone, in its report; what stops every bucket (the key, the network, `device_in_use`) is thrown.
 */
export const push = async (run: PushRun, steps: readonly PushStep[]): Promise<PushedBucket[]> => {
  const outbox = makeOutbox(run.remote, run.deviceId, run.pass);
  const reports: PushedBucket[] = [];
  try {
    for (const step of steps) {
      const report = pushedBucket(step.bucket.id);
      reports.push(report);
      if (step.kind !== 'send') continue;
      report.renewed = step.renewed;
      const sending: Sending = { step, report, cursor: step.cursor, ended: false };
      try {
        await pushBucket(run, outbox, sending);
      } catch (error) {
        if (outbox.broken || !isKtError(error)) throw error;
        fail(report, error.message);
      }
    }
    await outbox.flush();
    return reports;
  } finally {
    await outbox.settled();
  }
};
