/** The proof that both sides hold the same, and the repair of what differs (spec/sync 4.2). */
import type { Bucket } from '../../../domain/bucket.ts';
import { isKtError } from '../../../domain/errors.ts';
import { ensureCopy, makeCopies, type Copies } from '../pull/copies.ts';
import { noteCount } from '../pull/copy-counts.ts';
import { movingAt } from './differences.ts';
import { doubtsAfter } from './doubts.ts';
import { heldAfter } from './held.ts';
import type { RunOptions } from '../options.ts';
import { dropFormer, formerCopies, type FormerCopy } from './former-copies.ts';
import { knownAnew, knownRows } from '../known-rows.ts';
import { askAw } from '../identity/local-aw.ts';
import { isListedOf, notTheirsReason, placeOf } from '../pull/ownership.ts';
import { EVERYTHING, type Selection } from '../plan.ts';
import type { Ports, RemoteBucket } from '../ports.ts';
import {
  copyRow,
  markApart,
  markFailed,
  markHeld,
  markUnproven,
  proofRow,
  type ProofReport,
  type ProofRow,
} from './proof-report.ts';
import { proveCopy } from './prove-copy.ts';
import { proveOwn, type ProofRun } from './prove-own.ts';
import { pushOwn, type OwnPush } from '../push/push-own.ts';
import { noteRefused } from '../report.ts';
import { provenWhole } from './round.ts';
import { withRepair } from './told-proof.ts';
import { beginPass, type Session } from '../session.ts';
import { watched } from '../wrappers/watched.ts';

export type ProofOptions = RunOptions & {
  /** Repair what differs. Without it nothing is written except the tails. */
  readonly repair?: boolean;
  /** Delete on the server what is not here any more, however much it is. */
  readonly allowDeletes?: boolean;
};

/**
 * Proves every own bucket and every copy: sends the tails, walks, compares day by day. With `repair` it begins with a
 * whole push, then repairs what differs; the daemon does that once a day, and the state records when. It takes a pass
 * number, so nothing else may use its state folder meanwhile. A bucket that fails does not stop the others; otherwise
 * fails as `sync` does.
 */
export const prove = async (ports: Ports, options: ProofOptions = {}): Promise<ProofReport> => {
  const { mode = 'both', selection = EVERYTHING, repair = false, allowDeletes = false, onProgress } = options;
  const { local, clock } = ports;
  const { remote, isBroken } = watched(ports.remote);
  const startedUs = clock.nowUs();
  const info = await askAw(local);
  const buckets = await local.buckets();
  const session = await beginPass(ports, info, { buckets, selection });
  const { saved } = session;
  const { deviceId, pass } = saved.state;
  const run: ProofRun = {
    local,
    remote,
    deviceId,
    pass,
    isMoving: movingAt(startedUs),
    isBroken,
    known: (localId) => knownRows(saved.state, localId),
    isHeld: (id) => Object.hasOwn(saved.state.held, id),
    repair,
    allowDeletes,
    onProgress,
  };

  const own =
    mode === 'pull' ? null : await pushOwn(ports, session, buckets, { selection, onProgress, tailsOnly: !repair });
  const facts = await remote.facts();
  const rows: ProofRow[] = [];
  if (own) rows.push(...(await proveAllOwn(run, session, own, facts, info.hostname, buckets)));
  if (mode !== 'push') {
    const copies = makeCopies({ local, remote, saved, hostname: info.hostname, buckets });
    rows.push(...(await proveAllCopies(run, copies, facts, selection)));
  }
  const known = rows.reduce(
    (all, row) => (row.known === null || row.localId === null ? all : knownAnew(all, row.localId, row.known)),
    saved.state.known,
  );
  const repairs = rows.reduce(
    (all, row) => (row.localId === null ? all : withRepair(all, row.localId, Number(startedUs / 1000n), row)),
    saved.state.repairs,
  );
  const doubts = doubtsAfter(saved.state.doubts, rows, repair);
  await saved.note({ known, repairs, doubts, ...(own ? { held: heldAfter(saved.state.held, rows, repair) } : {}) });
  const equal = rows.flatMap(({ localId, outcome }) => (localId !== null && outcome === 'equal' ? [localId] : []));
  await saved.note({ round: provenWhole(saved.state.round, equal, Number(startedUs / 1000n)) });
  if (repair)
    await saved.note({
      repairedMs: Number(startedUs / 1000n),
      ...(mode === 'push' ? {} : { unproven: saved.state.unproven.filter((id) => !isEqual(rows, id)) }),
    });
  return { deviceId, pass, repair, startedUs, endedUs: clock.nowUs(), rows };
};

const isEqual = (rows: readonly ProofRow[], localId: string): boolean =>
  rows.some((row) => row.localId === localId && (row.outcome === 'equal' || row.outcome === 'apart'));

/** Fills a row; a bucket that fails does not stop the others. */
const attempt = async ({ isBroken }: ProofRun, row: ProofRow, work: () => Promise<void>): Promise<ProofRow> => {
  try {
    await work();
  } catch (error) {
    if (!isKtError(error) || isBroken()) throw error;
    markFailed(row, error.message);
  }
  return row;
};

/**
 * A row for each own bucket, and for each that was once pushed and is not here any more: nothing of those is deleted.
 */
const proveAllOwn = async (
  run: ProofRun,
  session: Session,
  own: OwnPush,
  facts: readonly RemoteBucket[],
  hostname: string,
  buckets: readonly Bucket[],
): Promise<ProofRow[]> => {
  const mine = { side: 'own', device: run.deviceId, hostname } as const;
  const rows: ProofRow[] = [];
  for (const bucket of own.own) {
    const row = proofRow({ ...mine, bucket: bucket.id, localId: bucket.id });
    rows.push(row);
    const push = own.reports.find((report) => report.bucket === bucket.id);
    const standing = own.standings.get(bucket.id);
    const there = facts.find((one) => one.deviceId === run.deviceId && one.bucketId === bucket.id);
    // A repair tries them again, and reports the new answer.
    if (!run.repair) noteRefused(row.rejected, push?.rejected ?? []);
    if (push?.outcome === 'failed') markFailed(row, push.reason);
    else if (typeof standing?.cursor?.footMs === 'bigint')
      markUnproven(row, 'its first push is not done yet: `kt-client sync` continues it');
    else if (!standing || !there) markUnproven(row, 'it was not pushed yet: run `kt-client sync`');
    else if (own.left.has(bucket.id))
      markUnproven(row, 'its events have other ids than those that were pushed: `kt-client sync` matches them again');
    else await attempt(run, row, () => proveOwn(run, { bucket, epoch: standing.epoch }, there.id, row));
  }
  const here = new Set(buckets.map(({ id }) => id));
  for (const { bucketId, count } of session.registration.pushed) {
    if (here.has(bucketId)) continue;
    const row = proofRow({ ...mine, bucket: bucketId, localId: null });
    row.there = count;
    markApart(row, 'it is not here any more; what the server holds of it stays');
    rows.push(row);
  }
  return rows;
};

/** Deletes a former copy if all of it is on the server. */
const proveFormer = async (run: ProofRun, copies: Copies, former: FormerCopy, row: ProofRow): Promise<void> => {
  const { deleted, stays } = await dropFormer(run, copies, former);
  row.deleted = deleted;
  if (stays === null) markApart(row, 'its origin was taken over, and all of it is on the server: it was deleted here');
  else markHeld(row, stays);
};

/**
 * A row for each bucket of another device that is pulled, and for each copy whose origin is gone. A repair creates
 * copies that are missing.
 */
const proveAllCopies = async (
  run: ProofRun,
  copies: Copies,
  facts: readonly RemoteBucket[],
  selection: Selection,
): Promise<ProofRow[]> => {
  const { saved, here } = copies;
  const rows: ProofRow[] = [];
  const isPulled = (bucket: RemoteBucket) =>
    bucket.deviceId !== run.deviceId && notTheirsReason(bucket) === null && selection.has(bucket.bucketId);
  for (const origin of facts.filter(isPulled)) {
    const row = copyRow(origin);
    rows.push(row);
    await attempt(run, row, async () => {
      const place = placeOf(origin, here, saved.state.copies);
      if (here.has(place) || run.repair) {
        const { localId } = await ensureCopy(copies, origin);
        row.localId = localId;
        await proveCopy(run, origin, localId, row);
        // A count that shows a loss is kept until it is repaired.
        if (row.outcome === 'equal') await noteCount(saved, row.localId, await run.local.count(row.localId));
        return;
      }
      row.there = row.toSend = (await run.remote.digest(origin.id)).reduce((sum, { events }) => sum + events, 0);
      if (row.there > 0) markUnproven(row, 'it is not here yet: `kt-client sync` brings it');
    });
  }
  for (const former of formerCopies(here, facts, run.deviceId, saved.state.copies)) {
    if (!selection.has(former.origin.bucketId)) continue;
    const row = copyRow(former.origin, former.bucket.id);
    rows.push(row);
    if (!run.repair)
      markApart(row, 'its origin was taken over; the daily proof deletes it once all of it is found on the server');
    else await attempt(run, row, () => proveFormer(run, copies, former, row));
  }
  for (const { device, bucket, localId } of saved.state.copies) {
    if (!here.has(localId) || rows.some((row) => row.localId === localId) || !selection.has(bucket)) continue;
    if (facts.some((one) => isListedOf({ device, bucket }, one))) continue;
    const row = proofRow({ side: 'copy', bucket, device, hostname: here.get(localId)!.hostname, localId });
    markApart(row, 'its origin is not on the server any more; the copy stays');
    rows.push(row);
  }
  return rows;
};
