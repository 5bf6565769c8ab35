/** `kt-client list`, for a person or a program. */
import { plain } from '../../cli/terminal.ts';
import { aligned } from '../../cli/table.ts';
import { formatTime, type Micros } from '../../domain/time.ts';
import type { Row, Standing } from '../status/compare.ts';
import type { Paint } from './style.ts';

const UNITS: readonly [bigint, string][] = [
  [86_400n, 'd'],
  [3600n, 'h'],
  [60n, 'min'],
];

/** A span in its largest unit: "3 min", "2 d". */
export const spanText = (us: Micros): string => {
  const seconds = us / 1_000_000n;
  const [size, unit] = UNITS.find(([least]) => seconds >= least) ?? [1n, 's'];
  return seconds === 0n ? '<1 s' : `${seconds / size} ${unit}`;
};

export const standingText = (standing: Standing, paint: Paint): string => {
  switch (standing.kind) {
    case 'in_step':
      return paint('green', 'in step');
    case 'behind':
      return paint(
        'yellow',
        standing.events > 0
          ? `behind by ${standing.events} ${standing.events === 1 ? 'event' : 'events'}`
          : `behind by ${spanText(standing.us)}`,
      );
    case 'ahead':
      return paint('yellow', `${standing.events} more than its origin`);
    case 'apart':
      return paint('dim', plain(standing.reason));
  }
};

const lastOf = ({ here, there }: Row): Micros | null => {
  const [a, b] = [here?.lastUs ?? null, there?.lastUs ?? null];
  return a === null ? b : b === null || a > b ? a : b;
};

const timeText = (us: Micros | null): string =>
  us === null
    ? '–'
    : formatTime(us)
        .replace('T', ' ')
        .replace(/(\.\d+)?Z$/, ' UTC');
const countText = (holding: { events: number } | null): string => (holding ? String(holding.events) : '–');

/** A table, one bucket per line. */
export const renderList = (rows: readonly Row[], paint: Paint): string => {
  if (rows.length === 0) return 'There are no buckets, neither here nor on the server.\n';
  const head = ['device', 'bucket', 'here', 'there', 'kept', 'last event', ''];
  const lines = aligned([
    head,
    ...rows.map((row) => [
      row.own ? `${plain(row.hostname)} (this)` : plain(row.hostname),
      plain(row.bucket),
      countText(row.here),
      countText(row.there),
      row.kept > 0 ? String(row.kept) : '–',
      timeText(lastOf(row)),
      standingText(row.standing, paint),
    ]),
  ]);
  return `${paint('bold', lines[0]!)}\n${lines.slice(1).join('\n')}\n`;
};

const holdingToJson = (holding: { events: number; lastUs: Micros | null } | null) =>
  holding && { events: holding.events, last: holding.lastUs === null ? null : formatTime(holding.lastUs) };

export const standingToJson = (standing: Standing) => {
  const { kind, ...facts } = standing;
  if (!('us' in facts)) return { standing: kind, ...facts };
  return { standing: kind, behind: { events: facts.events, seconds: Number(facts.us) / 1e6 } };
};

/** The same as a JSON array, with times as ISO text. */
export const listToJson = (rows: readonly Row[]): string =>
  JSON.stringify(
    rows.map(({ bucket, hostname, own, localId, here, there, kept, standing }) => ({
      bucket,
      hostname,
      own,
      local_id: localId,
      here: holdingToJson(here),
      there: holdingToJson(there),
      kept,
      ...standingToJson(standing),
    })),
    null,
    2,
  );
