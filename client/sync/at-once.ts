/** What a pass proves and repairs at once, before its day comes (sync.md 2.7 and section 3). */
import { isKtError } from '../../domain/errors.ts';
import type { Book } from './book.ts';
import { ensureCopy, type Copies } from './copies.ts';
import { heldAfter } from './held.ts';
import { knownAnew, knownCount } from './known.ts';
import { originOf } from './ownership.ts';
import type { Copy, RemoteBucket } from './ports.ts';
import { copyRow, proofRow, type ProofRow } from './proof-report.ts';
import { proveCopy } from './prove-copy.ts';
import { proveOwn, type ProofRun } from './prove-own.ts';
import type { OwnPush } from './push-own.ts';
import { noteRefused, pulledBucket, type PulledBucket, type PushedBucket } from './report.ts';
import { isDue, isSuspect } from './suspicion.ts';

/** What a bucket that differs still says when its last proof is less than an hour old. */
const LEFT_SO = 'and the last proof, less than an hour ago, left it so: `kt-client verify` tells more';

/** What a proof's row means for the bucket's pass. */
const intoPush = (row: ProofRow, report: PushedBucket): void => {
  report.inserted += row.inserted;
  report.updated += row.updated;
  report.deleted += row.deleted;
  noteRefused(report.rejected, row.rejected);
  if (row.outcome === 'held') Object.assign(report, { outcome: 'held', reason: row.reason });
  if (row.outcome === 'differs') Object.assign(report, { outcome: 'held', reason: 'it still differs after a repair: `kt-client verify` tells more' });
};

/** Proves the own buckets whose counts raise a suspicion, or whose deletions are held, each hourly at most; `buckets` of the server are asked for only then. */
export const proveSuspects = async (run: ProofRun, book: Book, push: OwnPush, before: ReadonlyMap<string, number>, nowMs: number): Promise<void> => {
  let facts: readonly RemoteBucket[] | null = null;
  for (const report of push.reports) {
    const bucket = push.own.find(({ id }) => id === report.bucket);
    const [counted, standing] = [push.counts.get(report.bucket), push.standings.get(report.bucket)];
    const here = counted === undefined ? undefined : counted - knownCount(book.state, report.bucket);
    if (!bucket || here === undefined || standing?.cursor?.footMs !== null || report.outcome !== 'in_step' || report.renewed !== null) continue;
    const counts = { here, before: before.get(bucket.id) ?? here, after: standing.count };
    const isHeld = book.state.held[bucket.id] !== undefined;
    if (!isSuspect(counts) && !isHeld) continue;
    if (!isDue(book.state.proofs[bucket.id], nowMs)) {
      if (isHeld) continue; // the state says why, and it is told with the others
      Object.assign(report, { outcome: 'held', reason: `it has ${here} events here and ${standing.count} on the server, ${LEFT_SO}` });
      continue;
    }
    try {
      facts ??= await run.remote.facts();
      const there = facts.find(({ deviceId, bucketId }) => deviceId === run.deviceId && bucketId === bucket.id);
      if (!there) continue;
      const row = proofRow({ side: 'own', bucket: bucket.id, device: run.deviceId, hostname: bucket.hostname, localId: bucket.id });
      await proveOwn(run, { bucket, epoch: standing.epoch }, there.id, row);
      intoPush(row, report);
      const known = knownAnew(book.state.known, bucket.id, row.known ?? []);
      await book.note({ proofs: { ...book.state.proofs, [bucket.id]: nowMs }, held: heldAfter(book.state.held, [row], true), known });
    } catch (error) {
      if (!isKtError(error) || run.isBroken()) throw error;
      Object.assign(report, { outcome: 'failed', reason: error.message });
    }
  }
};

/**
 * Creates copies again where they are missing, and proves them: the cursor has passed by what they lack. That they are to be proven
 * is in the state until they are, so that a kill in between forgets none. `reports` gets one for each, by the server's name.
 */
export const proveCopies = async (run: ProofRun, copies: Copies, wanted: readonly Copy[], reports: Map<string, PulledBucket>): Promise<void> => {
  if (wanted.length === 0) return;
  const { book, remote } = copies;
  await book.note({ unproven: [...new Set([...book.state.unproven, ...wanted.map(({ localId }) => localId)])] });
  const facts = await remote.facts();
  for (const copy of wanted) {
    const found = originOf(copy, facts);
    // What became this device's own bucket is not copied any more (former-copies.ts).
    const origin = found?.deviceId === run.deviceId ? undefined : found;
    if (origin) {
      const report = pulledBucket(origin);
      reports.set(origin.id, report);
      if (!(await proveOne(run, copies, origin, report))) continue;
    }
    // One whose origin is gone from the server has nothing to be proven by, and where it is missing it stays so.
    const isLost = !origin && !copies.here.has(copy.localId);
    await book.note({
      unproven: book.state.unproven.filter((id) => id !== copy.localId),
      ...(isLost ? { copies: book.state.copies.filter(({ localId }) => localId !== copy.localId) } : {}),
    });
  }
};

/** False when it failed, and is to be tried again. */
const proveOne = async (run: ProofRun, copies: Copies, origin: RemoteBucket, report: PulledBucket): Promise<boolean> => {
  const row = copyRow(origin);
  try {
    report.localId = await ensureCopy(copies, origin);
    await proveCopy(run, origin, report.localId, row);
    if (row.known !== null) await copies.book.note({ known: knownAnew(copies.book.state.known, report.localId, row.known) });
    return true;
  } catch (error) {
    if (!isKtError(error) || run.isBroken()) throw error;
    Object.assign(report, { outcome: 'failed', reason: error.message });
    return false;
  } finally {
    report.inserted += row.inserted;
    report.replaced += row.updated;
    report.deleted += row.deleted;
    report.unwritable += row.unwritable;
  }
};
