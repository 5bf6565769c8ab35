/** A pass, told to a person or to a program. */
import { isInStep, type PulledBucket, type PushedBucket, type Report } from '../sync/report.ts';
import { formatTime } from '../../domain/time.ts';
import { aligned, plain, type Paint } from './style.ts';

const counts = (parts: readonly [number, string][]): string =>
  parts
    .filter(([n]) => n > 0)
    .map(([n, word]) => `${n} ${word}`)
    .join(', ');

const pushedText = (bucket: PushedBucket, dryRun: boolean): string => {
  const { inserted, updated, deleted, renewed, rejected } = bucket;
  const why = renewed === null ? '' : ` (${dryRun ? 'to be matched' : 'matched'} anew: ${plain(renewed)})`;
  if (dryRun) return (counts([[inserted, 'to send'], [updated, 'to change'], [rejected.length, 'refused']]) || 'nothing new') + why;
  return (counts([[inserted, 'new'], [updated, 'changed'], [deleted, 'deleted'], [rejected.length, 'refused']]) || 'nothing new') + why;
};

const pulledText = ({ inserted, replaced, deleted, unwritable }: PulledBucket, dryRun: boolean): string =>
  counts([
    [inserted, dryRun ? 'to add' : 'new'],
    [replaced, dryRun ? 'to change' : 'changed'],
    [deleted, dryRun ? 'to delete' : 'deleted'],
    [unwritable, 'that aw-server can’t keep'],
  ]) || 'nothing new';

type Cells = [string, string];

const section = (title: string, rows: Cells[], paint: Paint): string[] =>
  rows.length === 0 ? [] : [paint('bold', title), ...aligned(rows).map((line) => `  ${line}`)];

const isDone = ({ outcome }: { outcome: string }): boolean => outcome === 'in_step';

const troubles = ({ pushed, pulled }: Report): string[] => [
  ...pushed.filter(({ outcome }) => outcome === 'failed' || outcome === 'held').map(({ bucket, reason }) => `${plain(bucket)}: ${plain(reason ?? '')}`),
  ...pulled.filter(({ outcome }) => outcome === 'failed').map(({ bucket, hostname, reason }) => `${plain(bucket)} of ${plain(hostname)}: ${plain(reason ?? '')}`),
  ...pushed.flatMap(({ bucket, rejected }) => {
    const [first] = rejected;
    const more = rejected.length > 1 ? `, and ${rejected.length - 1} more` : '';
    return first ? [`${plain(bucket)}: event ${first.sourceId} was refused (${plain(first.reason)})${more}`] : [];
  }),
];

/** The report as lines for a person, ending with whether everything is in step. */
export const renderReport = (report: Report, paint: Paint): string => {
  const { dryRun, pushed, pulled, newDevice } = report;
  // A copy is never pushed; one that was pulled, or failed to be, is told of there and needs no second line.
  const copies = new Set(pulled.map(({ localId }) => localId));
  const skipped = [...pushed.filter(({ bucket }) => !copies.has(bucket)), ...pulled].filter(({ outcome }) => outcome === 'skipped');
  const seconds = (Number(report.endedUs - report.startedUs) / 1e6).toFixed(1);
  const problems = troubles(report);
  const pushedRows = pushed.filter(isDone).map((bucket): Cells => [plain(bucket.bucket), pushedText(bucket, dryRun)]);
  const pulledRows = pulled.filter(isDone).map((bucket): Cells => [plain(bucket.localId ?? bucket.bucket), pulledText(bucket, dryRun)]);
  const skippedRows = skipped.map(({ bucket, reason }): Cells => [plain(bucket), paint('dim', plain(reason ?? ''))]);
  const ending = problems.length === 0 ? paint('green', `Everything is in step (${seconds} s).`) : `Some of it is not in step (${seconds} s).`;
  return [
    ...(newDevice ? [`This device is new to the server: it ${dryRun ? 'would be registered' : 'is registered now'}.`] : []),
    ...section(dryRun ? 'would push' : 'pushed', pushedRows, paint),
    ...section(dryRun ? 'would pull' : 'pulled', pulledRows, paint),
    ...section('left alone', skippedRows, paint),
    ...problems.map((line) => `${paint('red', 'not in step')}  ${line}`),
    dryRun ? 'Nothing was changed: this was a dry run.' : ending,
    '',
  ].join('\n');
};

/** The report as JSON for a program: revisions and times as text, counts as numbers. */
export const reportToJson = ({ startedUs, endedUs, ...report }: Report): string =>
  JSON.stringify({ inStep: isInStep({ startedUs, endedUs, ...report }), ...report, started: formatTime(startedUs), ended: formatTime(endedUs) }, null, 2);
