/** A proof, for a person or a program. */
import { plain } from '../../cli/terminal.ts';
import { aligned } from '../../cli/table.ts';
import { formatDay } from '../../domain/day.ts';
import { formatTime } from '../../domain/time.ts';
import { isProven, type ProofReport, type ProofRow } from '../sync/proof/proof-report.ts';
import { refusedRow, rowsText } from '../sync/known-rows.ts';
import { refusalToJson } from './report.ts';
import type { Paint } from './style.ts';

/** Days shown per bucket on a terminal; `--json` has them all. */
const DAYS_SHOWN = 3;

const some = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

const daysText = ({ days }: ProofRow): string => {
  const shown = days.slice(0, DAYS_SHOWN).map(formatDay).join(' ');
  return days.length > DAYS_SHOWN ? `${shown} and ${days.length - DAYS_SHOWN} more` : shown || '–';
};

const HEADER = ['', 'here', 'there', 'kept', 'to send', 'to delete', 'moving', 'days that differ'];
const nameOf = ({ side, bucket, hostname, localId }: ProofRow): string =>
  plain(localId ?? (side === 'own' ? bucket : `${bucket} of ${hostname}`));
const cells = (row: ProofRow): string[] => [
  nameOf(row),
  ...[row.here, row.there, row.kept, row.toSend, row.toDelete, row.moving].map(String),
  daysText(row),
];

/** What to say about a row besides its numbers. */
const notes = (row: ProofRow): string[] => {
  const aside = rowsText(row.rejected.map(refusedRow));
  const done: string[] = (
    [
      [row.inserted, 'added'],
      [row.updated, 'changed'],
      [row.deleted, 'deleted'],
    ] as const
  ).flatMap(([n, word]) => (n > 0 ? [`${n} ${word}`] : []));
  const where = row.side === 'own' ? 'on the server' : 'here';
  return [
    ...(done.length > 0 ? [`repaired ${where}: ${done.join(', ')}`] : []),
    ...(row.reason === null ? [] : [plain(row.reason)]),
    ...(aside === null ? [] : [`set aside: ${plain(aside)}`]),
    ...(row.side === 'copy' && row.kept > 0 ? [`${some(row.kept, 'event')} only here, and kept`] : []),
    ...(row.unwritable > 0 ? [`${some(row.unwritable, 'event')} that aw-server can’t keep`] : []),
  ].map((note) => `${nameOf(row)}: ${note}`);
};

const section = (title: string, rows: readonly ProofRow[], paint: Paint): string[] =>
  rows.length === 0
    ? []
    : aligned([[title, ...HEADER.slice(1)], ...rows.map(cells)]).map((line, i) =>
        i === 0 ? paint('bold', line) : line,
      );

/** The last line: what a person can rely on. */
const ending = (report: ProofReport, paint: Paint): string => {
  const seconds = (Number(report.endedUs - report.startedUs) / 1e6).toFixed(1);
  const compared = report.rows.filter(({ outcome }) => outcome !== 'apart');
  const off = compared.filter(({ outcome }) => outcome !== 'equal');
  const events = compared.reduce((sum, { here }) => sum + here, 0);
  if (isProven(report))
    return paint(
      'green',
      `Both sides hold the same: ${some(events, 'event')} in ${some(compared.length, 'bucket')}, ` +
        `compared day by day (${seconds} s).`,
    );
  const isRepairable = !report.repair && off.some(({ outcome }) => outcome === 'differs');
  const advice = !isRepairable ? 'see above' : '`kt-client verify --repair` repairs what differs';
  return paint('red', `Not the same: ${off.length} of ${some(compared.length, 'bucket')} (${seconds} s): ${advice}.`);
};

/** The report as lines for a person. */
export const renderProof = (report: ProofReport, paint: Paint): string => {
  const { rows } = report;
  return [
    ...section(
      'this device',
      rows.filter(({ side }) => side === 'own'),
      paint,
    ),
    ...section(
      'copies',
      rows.filter(({ side }) => side === 'copy'),
      paint,
    ),
    ...rows.flatMap(notes),
    ending(report, paint),
    '',
  ].join('\n');
};

/** The report as JSON for a program: days as dates, times as text, counts as numbers. */
export const proofToJson = ({ startedUs, endedUs, rows, ...report }: ProofReport): string =>
  JSON.stringify(
    {
      proven: isProven({ startedUs, endedUs, rows, ...report }),
      ...report,
      started: formatTime(startedUs),
      ended: formatTime(endedUs),
      buckets: rows.map(({ days, rejected, known: _, ...row }) => ({
        ...row,
        rejected: rejected.map(refusalToJson),
        days: days.map(formatDay),
      })),
    },
    null,
    2,
  );
