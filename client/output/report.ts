/** A pass, for a person or a program. */
import { plain } from '../../cli/terminal.ts';
import { aligned } from '../../cli/table.ts';
import { refusedRow, rowsText } from '../sync/known-rows.ts';
import type { Refusal } from '../sync/ports.ts';
import { isInStep, type PulledBucket, type PushedBucket, type Report } from '../sync/report.ts';
import { formatTime } from '../../domain/time.ts';
import { inStepText } from './compared.ts';
import type { Paint } from './style.ts';

const counts = (parts: readonly [number, string][]): string =>
  parts
    .filter(([n]) => n > 0)
    .map(([n, word]) => `${n} ${word}`)
    .join(', ');

const pushedText = (bucket: PushedBucket, dryRun: boolean): string => {
  const { inserted, updated, deleted, renewed, rejected } = bucket;
  const why = renewed === null ? '' : ` (${dryRun ? 'to be matched' : 'matched'} anew: ${plain(renewed)})`;
  if (dryRun)
    return (
      (counts([
        [inserted, 'to send'],
        [updated, 'to change'],
        [rejected.length, 'to be set aside'],
      ]) || 'nothing new') + why
    );
  return (
    (counts([
      [inserted, 'new'],
      [updated, 'changed'],
      [deleted, 'deleted'],
      [rejected.length, 'set aside'],
    ]) || 'nothing new') + why
  );
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
  ...pushed
    .filter(({ outcome }) => outcome === 'failed' || outcome === 'held')
    .map(({ bucket, reason }) => `${plain(bucket)}: ${plain(reason ?? '')}`),
  ...pulled
    .filter(({ outcome }) => outcome === 'failed' || outcome === 'held')
    .map(({ bucket, hostname, reason }) => `${plain(bucket)} of ${plain(hostname)}: ${plain(reason ?? '')}`),
];

/** Known rows, which are no problem (spec/sync 4.8). */
const asides = ({ pushed }: Report): string[] =>
  pushed.flatMap(({ bucket, rejected }) => {
    const rows = rowsText(rejected.map(refusedRow));
    return rows === null ? [] : [`${plain(bucket)}: ${plain(rows)}`];
  });

/** The report as lines for a person, ending with what is in step, as far as it was compared. */
export const renderReport = (report: Report, paint: Paint): string => {
  const { dryRun, pushed, pulled, newDevice } = report;
  // A copy is never pushed. One that was pulled, or failed to be, is in the list of pulls and needs no second line.
  const copies = new Set(pulled.map(({ localId }) => localId));
  const skipped = [...pushed.filter(({ bucket }) => !copies.has(bucket)), ...pulled].filter(
    ({ outcome }) => outcome === 'skipped',
  );
  const seconds = (Number(report.endedUs - report.startedUs) / 1e6).toFixed(1);
  const problems = troubles(report);
  const pushedRows = pushed.filter(isDone).map((bucket): Cells => [plain(bucket.bucket), pushedText(bucket, dryRun)]);
  // In the order of their names, as the pushed ones are: the server tells of them in the order of its own ids.
  const nameOf = ({ localId, bucket }: PulledBucket): string => localId ?? bucket;
  const pulledRows = pulled
    .filter(isDone)
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
    .map((bucket): Cells => [plain(nameOf(bucket)), pulledText(bucket, dryRun)]);
  const skippedRows = skipped.map(({ bucket, reason }): Cells => [plain(bucket), paint('dim', plain(reason ?? ''))]);
  const said = report.compared
    ? inStepText(report.compared, Number(report.endedUs / 1000n))
    : 'in step as far as compared';
  const ending =
    problems.length === 0
      ? paint('green', `${said[0]!.toUpperCase()}${said.slice(1)} (${seconds} s).`)
      : `Some of it is not in step (${seconds} s).`;
  return [
    ...(newDevice
      ? [`This device is new to the server: it ${dryRun ? 'would be registered' : 'is registered now'}.`]
      : []),
    ...section(dryRun ? 'would push' : 'pushed', pushedRows, paint),
    ...section(dryRun ? 'would pull' : 'pulled', pulledRows, paint),
    ...section('left alone', skippedRows, paint),
    ...asides(report).map((line) => `${paint('yellow', 'set aside')}  ${line}`),
    ...problems.map((line) => `${paint('red', 'not in step')}  ${line}`),
    dryRun ? 'Nothing was changed: this was a dry run.' : ending,
    '',
  ].join('\n');
};

/** The report as JSON for a program: revisions and times as text, counts as numbers. */
export const reportToJson = ({ startedUs, endedUs, pushed, pulled, ...report }: Report): string => {
  const sides = {
    pushed: pushed.map(({ rejected, ...bucket }) => ({ ...bucket, rejected: rejected.map(refusalToJson) })),
    pulled: pulled.map(({ aside: _, ...bucket }) => bucket),
  };
  return JSON.stringify(
    {
      inStep: isInStep({ startedUs, endedUs, pushed, pulled, ...report }),
      ...report,
      ...sides,
      started: formatTime(startedUs),
      ended: formatTime(endedUs),
    },
    null,
    2,
  );
};

/** A refusal for a program: its event by id, else by its start. */
export const refusalToJson = ({ sourceId, startUs, reason }: Refusal) => ({
  sourceId,
  ...(typeof startUs === 'bigint' ? { start: formatTime(startUs) } : {}),
  reason,
});
