/**
 * What is recorded of the passes for `kt-client status`: the last one, and for each bucket when it was last in step and
 * why it is not. A pass reports only what it did; the record adds that up. Pure.
 */
import type { Micros } from '../../domain/time.ts';
import type { Mode } from '../sync/options.ts';
import { refusedRow, rowKey } from '../sync/known-rows.ts';
import type { Refusal } from '../sync/ports.ts';
import { isProven, type ProofReport, type ProofRow } from '../sync/proof/proof-report.ts';
import type { Compared } from '../sync/proof/round.ts';
import { isInStep, type Outcome, type PulledBucket, type PushedBucket, type Report } from '../sync/report.ts';

export type { Compared };

export type BucketRecord = {
  /** The bucket's id on its own device. */
  readonly bucket: string;
  /** The device it comes from; null for this one. */
  readonly origin: { readonly device: string; readonly hostname: string } | null;
  readonly outcome: Outcome;
  readonly reason: string | null;
  /** When it was last in step; null if never. */
  readonly inStepUs: Micros | null;
  /** How many events an own bucket had after the last pass, here and on the server; null if unknown. */
  readonly here: number | null;
  readonly there: number | null;
  /** Refused events. A later pass does not send them again, so they are listed here until a proof tries them. */
  readonly setAside: readonly Refusal[];
};

export type PassRecord = {
  /** The server that all of this is about; null in a record from before this was recorded. */
  readonly against: Against | null;
  /** The command that made it. */
  readonly by: 'sync' | 'daemon' | 'verify';
  readonly task: 'pass' | 'proof';
  readonly mode: Mode;
  readonly startedUs: Micros;
  readonly endedUs: Micros;
  /** What stopped the whole pass; null if it finished. */
  readonly error: { readonly code: string; readonly message: string } | null;
  /** When a pass last ended with everything in step; null if none has. */
  readonly inStepUs: Micros | null;
  /** When both sides were last compared, and whether they held the same; null if never. */
  readonly proof: { readonly endedUs: Micros; readonly equal: boolean } | null;
  /** The last whole pass's or proof's summary of what was compared; null if none has compared. */
  readonly compared: Compared | null;
  readonly buckets: readonly BucketRecord[];
};

/**
 * What a pass compared with: an address, the account there, and this device's id there; null if the pass did not learn
 * it.
 */
export type Against = { readonly url: string; readonly account: string | null; readonly device: string | null };

/** Where the record is kept. It is only for information, and stops no pass. */
export interface PassLog {
  /** Null if there is none yet. Fails with `invalid`, and a message for a person, if it can't be read. */
  load(): Promise<PassRecord | null>;
  save(record: PassRecord): Promise<void>;
}

/** How many refused events of a bucket are listed by id: more of them have one common cause. */
const MAX_SET_ASIDE = 100;

export type Made = Pick<PassRecord, 'by' | 'task' | 'mode'> & { readonly against: Against };

const differ = (a: string | null, b: string | null): boolean => a !== null && b !== null && a !== b;

/** Are these the same server, account and device? What one of them does not know counts as equal. */
export const isSameServer = (a: Against, b: Against): boolean =>
  a.url === b.url && !differ(a.account, b.account) && !differ(a.device, b.device);

/** The record, if it is of the same server: another server's says nothing about this one. */
const ofSame = (before: PassRecord | null, against: Against): PassRecord | null =>
  before === null || before.against === null || isSameServer(before.against, against) ? before : null;

const keyOf = ({ bucket, origin }: Pick<BucketRecord, 'bucket' | 'origin'>): string =>
  JSON.stringify([origin?.device ?? null, bucket]);

const byKey = (record: PassRecord | null): Map<string, BucketRecord> =>
  new Map((record?.buckets ?? []).map((bucket) => [keyOf(bucket), bucket]));

const joined = (before: readonly Refusal[], now: readonly Refusal[]): readonly Refusal[] =>
  [...new Map([...before, ...now].map((refusal) => [rowKey(refusedRow(refusal)), refusal])).values()].slice(
    -MAX_SET_ASIDE,
  );

const pushedRecord = (
  { bucket, outcome, reason, rejected, here, there }: PushedBucket,
  before: BucketRecord | undefined,
  endedUs: Micros,
): BucketRecord => ({
  bucket,
  origin: null,
  outcome,
  reason,
  inStepUs: outcome === 'in_step' ? endedUs : (before?.inStepUs ?? null),
  here,
  there,
  setAside: joined(before?.setAside ?? [], rejected),
});

const pulledRecord = (
  { bucket, device, hostname, outcome, reason }: PulledBucket,
  before: BucketRecord | undefined,
  endedUs: Micros,
): BucketRecord => ({
  bucket,
  origin: { device, hostname },
  outcome,
  reason,
  inStepUs: outcome === 'in_step' ? endedUs : (before?.inStepUs ?? null),
  here: null,
  there: null,
  setAside: [],
});

/** The record after a pass that finished. */
export const noteReport = (earlier: PassRecord | null, made: Made, report: Report): PassRecord => {
  const { mode } = made;
  const before = ofSame(earlier, made.against);
  const { startedUs, endedUs } = report;
  const known = byKey(before);
  const isNews = ({ outcome }: BucketRecord) => outcome !== 'skipped';

  // A push reports every bucket of this device, so one that is missing from the report is gone.
  const own =
    mode === 'pull'
      ? [...known.values()].filter(({ origin }) => origin === null)
      : report.pushed
          .map((one) => pushedRecord(one, known.get(keyOf({ bucket: one.bucket, origin: null })), endedUs))
          .filter(isNews);

  // A pull reports only what changed. A bucket that failed stays on its page, so every pull reports it until it works.
  const copies = new Map([...known].filter(([, { origin }]) => origin !== null));
  if (mode !== 'push') {
    for (const [key, copy] of copies) copies.set(key, { ...copy, outcome: 'in_step', reason: null, inStepUs: endedUs });
    for (const one of report.pulled) {
      const key = keyOf({ bucket: one.bucket, origin: one });
      const record = pulledRecord(one, known.get(key), endedUs);
      if (isNews(record)) copies.set(key, record);
      else copies.delete(key);
    }
  }
  return {
    ...made,
    startedUs,
    endedUs,
    error: null,
    inStepUs: isInStep(report) ? endedUs : (before?.inStepUs ?? null),
    proof: before?.proof ?? null,
    compared: report.compared ?? before?.compared ?? null,
    buckets: [...own, ...copies.values()],
  };
};

/** What a proof says about a bucket; null if it says nothing. */
const provenRecord = (row: ProofRow, before: BucketRecord, isRepair: boolean, endedUs: Micros): BucketRecord | null => {
  const { outcome, reason, rejected, days } = row;
  if (outcome === 'apart' || outcome === 'unproven') return null;
  const setAside = isRepair ? rejected : joined(before.setAside, rejected);
  const counts = row.side === 'own' ? { here: row.here, there: row.there + row.inserted - row.deleted } : {};
  if (outcome === 'equal')
    return { ...before, ...counts, outcome: 'in_step', reason: null, inStepUs: endedUs, setAside };
  return {
    ...before,
    outcome: outcome === 'failed' ? 'failed' : 'held',
    reason: reason ?? differsText(days.length, isRepair),
    setAside,
  };
};

/** What a proof found; suggests a repair only if this was none. */
const differsText = (days: number, isRepair: boolean): string => {
  const on = days === 0 ? '' : ` on ${days === 1 ? '1 day' : `${days} days`}`;
  return isRepair
    ? `it still differs${on} after a repair: see \`kt-client verify\``
    : `it differs${on}: run \`kt-client verify --repair\``;
};

/** The record after a proof. A repair has tried all refused events again, and reports those that are still refused. */
export const noteProof = (earlier: PassRecord | null, made: Made, report: ProofReport): PassRecord => {
  const { startedUs, endedUs, repair, rows } = report;
  const before = ofSame(earlier, made.against);
  const buckets = new Map((before?.buckets ?? []).map((bucket) => [keyOf(bucket), bucket]));
  for (const row of rows) {
    const origin = row.side === 'own' ? null : { device: row.device, hostname: row.hostname };
    const fresh: BucketRecord = {
      bucket: row.bucket,
      origin,
      outcome: 'in_step',
      reason: null,
      inStepUs: null,
      here: null,
      there: null,
      setAside: [],
    };
    const next = provenRecord(row, buckets.get(keyOf(fresh)) ?? fresh, repair, endedUs);
    if (next) buckets.set(keyOf(next), next);
  }
  const equal = isProven(report);
  return {
    ...made,
    startedUs,
    endedUs,
    error: null,
    inStepUs: equal ? endedUs : (before?.inStepUs ?? null),
    proof: { endedUs, equal },
    compared: equal
      ? { events: rows.reduce((sum, { here }) => sum + here, 0), sinceMs: Number(startedUs / 1000n), daysLeft: 0 }
      : (before?.compared ?? null),
    buckets: [...buckets.values()],
  };
};

/** The record after a pass that was stopped as a whole. */
export const noteError = (
  before: PassRecord | null,
  made: Made,
  startedUs: Micros,
  endedUs: Micros,
  error: { code: string; message: string },
): PassRecord => ({
  inStepUs: null,
  proof: null,
  compared: null,
  buckets: [],
  ...ofSame(before, made.against),
  ...made,
  startedUs,
  endedUs,
  error: { code: error.code, message: error.message },
});

/** What a person has to know: buckets that are not in step. */
export const troubles = ({ buckets }: PassRecord): readonly BucketRecord[] =>
  buckets.filter(({ outcome }) => outcome === 'failed' || outcome === 'held');
