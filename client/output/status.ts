/** `kt-client status`, for a person or a program. */
import { plain } from '../../cli/terminal.ts';
import { aligned } from '../../cli/table.ts';
import { formatTime, type Micros } from '../../domain/time.ts';
import type { Row } from '../status/compare.ts';
import type { SilentDevice } from '../status/health.ts';
import type { BucketRecord, PassRecord } from '../status/pass-record.ts';
import { comparedText } from './compared.ts';
import { spanText, standingText, standingToJson } from './list.ts';
import { refusalToJson } from './report.ts';
import type { Paint } from './style.ts';

export type Status = {
  readonly record: PassRecord | null;
  /** What both sides hold now; or why that is not known. */
  readonly rows: readonly Row[] | null;
  readonly rowsMissing: string | null;
  /** Some bucket is behind, by events that came after the last pass. */
  readonly lagging: boolean;
  readonly silent: readonly SilentDevice[];
  /** The process of the daemon; null if none is running. */
  readonly daemon: number | null;
  readonly problems: readonly string[];
  /** Known rows: listed, but no difference. */
  readonly aside: readonly string[];
  readonly nowUs: Micros;
};

const agoText = (us: Micros | null, nowUs: Micros): string => {
  if (us === null) return 'never';
  return us > nowUs ? formatTime(us) : `${spanText(nowUs - us)} ago`;
};

const BY: Readonly<Record<PassRecord['by'], string>> = {
  sync: '`kt-client sync`',
  daemon: 'the daemon',
  verify: '`kt-client verify`',
};
const WHAT = { push: 'a push', pull: 'a pull', both: 'a pass' } as const;

const lastText = ({ task, mode, by, endedUs, error, buckets }: PassRecord, nowUs: Micros): string => {
  const outcome = error
    ? 'it failed'
    : buckets.every((bucket) => bucket.outcome === 'in_step' || bucket.outcome === 'skipped')
      ? 'in step'
      : 'not everything in step';
  return `${agoText(endedUs, nowUs)}, ${task === 'proof' ? 'a proof' : WHAT[mode]} by ${BY[by]}: ${outcome}`;
};

const rowOf = (rows: readonly Row[] | null, { bucket, origin }: BucketRecord): Row | undefined =>
  rows?.find((row) => row.bucket === bucket && (origin ? !row.own && row.hostname === origin.hostname : row.own));

const bucketLines = ({ record, rows, nowUs }: Status, paint: Paint): string[] => {
  if (!record || record.buckets.length === 0) return [];
  const cells = record.buckets.map((bucket) => {
    const row = rowOf(rows, bucket);
    return [
      bucket.origin ? plain(bucket.origin.hostname) : 'this one',
      plain(bucket.bucket),
      agoText(bucket.inStepUs, nowUs),
      row ? standingText(row.standing, paint) : '',
    ];
  });
  const [head, ...lines] = aligned([['device', 'bucket', 'in step', rows ? 'now' : ''], ...cells]);
  return ['', paint('bold', head!), ...lines];
};

/** What to say if nothing is wrong. "Now" is claimed only for what was looked at now. */
const wellText = ({ rows, lagging }: Status): string => {
  if (rows === null) return 'All was well at the last pass.';
  return lagging ? 'All was well at the last pass; what came since goes with the next.' : 'All is well.';
};

export const renderStatus = (status: Status, paint: Paint): string => {
  const { record, daemon, problems, aside, rowsMissing, silent, nowUs } = status;
  const proof = record?.proof ?? null;
  const facts = aligned([
    ['last', record ? lastText(record, nowUs) : 'never'],
    ['compared', record?.compared ? comparedText(record.compared, Number(nowUs / 1000n)) : 'nothing'],
    ['in step', agoText(record?.inStepUs ?? null, nowUs)],
    [
      'proof',
      proof
        ? `${agoText(proof.endedUs, nowUs)}: ` +
          `${proof.equal ? 'both sides held the same' : 'not everything was the same'}`
        : 'never',
    ],
    ['daemon', daemon === null ? 'not running' : `running (process ${daemon})`],
  ]);
  return [
    ...facts,
    ...bucketLines(status, paint),
    '',
    ...(rowsMissing ? [`${paint('yellow', 'lag unknown')}  ${plain(rowsMissing)}`] : []),
    ...silent.map(
      ({ hostname, lastSyncUs }) =>
        `${paint('yellow', 'silent')}  ${plain(hostname)} has not synced for ${spanText(nowUs - lastSyncUs)}`,
    ),
    ...aside.map((line) => `${paint('yellow', 'set aside')}  ${plain(line)}`),
    ...problems.map((problem) => `${paint('red', 'trouble')}  ${plain(problem)}`),
    ...(problems.length === 0 ? [paint('green', wellText(status))] : []),
    '',
  ].join('\n');
};

const timeOrNull = (us: Micros | null): string | null => (us === null ? null : formatTime(us));

/** The same as JSON, with times as ISO text. */
export const statusToJson = ({ record, rows, rowsMissing, silent, daemon, problems, aside }: Status): string =>
  JSON.stringify(
    {
      ok: problems.length === 0,
      problems,
      aside,
      daemon,
      last: record && {
        deed: record.task, // the name that scripts read
        mode: record.mode,
        by: record.by,
        started: formatTime(record.startedUs),
        ended: formatTime(record.endedUs),
        error: record.error,
      },
      inStep: timeOrNull(record?.inStepUs ?? null),
      proof: record?.proof ? { ended: formatTime(record.proof.endedUs), equal: record.proof.equal } : null,
      compared: record?.compared
        ? {
            events: record.compared.events,
            since: record.compared.sinceMs === null ? null : formatTime(BigInt(record.compared.sinceMs) * 1000n),
            daysLeft: record.compared.daysLeft,
          }
        : null,
      lagUnknown: rowsMissing,
      silent: silent.map(({ hostname, lastSyncUs }) => ({ hostname, lastSync: formatTime(lastSyncUs) })),
      buckets: (record?.buckets ?? []).map((bucket) => {
        const row = rowOf(rows, bucket);
        return {
          bucket: bucket.bucket,
          origin: bucket.origin,
          outcome: bucket.outcome,
          reason: bucket.reason,
          inStep: timeOrNull(bucket.inStepUs),
          setAside: bucket.setAside.map(refusalToJson),
          ...(row ? standingToJson(row.standing) : {}),
        };
      }),
    },
    null,
    2,
  );
