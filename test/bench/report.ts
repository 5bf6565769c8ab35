/** What was measured, as a table for people and as JSON for programs. */
import { median, ratio, type Samples, type Side } from './measure.ts';

/** `/s`: more is better. All others: less is better. */
type Unit = 'events/s' | '/s' | 'ms' | 's' | 'MB' | 'bytes' | 'requests' | 'rows' | 'times';

export type Row = {
  readonly what: string;
  readonly unit: Unit;
  readonly samples: Samples;
  /** What the floor is, and what the peer where it is not the usual one. */
  readonly floor?: string;
  readonly peer?: string;
  /** What is to be reached, PostgreSQL / embedded. */
  readonly goal?: string;
};

export type Result = {
  readonly date: string;
  readonly commit: string;
  readonly node: string;
  readonly machine: string;
  /** Load of the machine (of the last minute) when it began. */
  readonly load: number;
  readonly program: string;
  readonly engines: readonly string[];
  readonly peer: string | null;
  readonly scale: number;
  readonly rounds: number;
  readonly rows: (Row & { readonly scenario: string })[];
  readonly notes: string[];
  /** Scenarios that failed: why is in the notes. */
  readonly failed: string[];
};

const DIGITS = 3;
const figure = (value: number): string => {
  if (Number.isInteger(value) && value < 10_000) return String(value);
  const [scaled, unit] = value >= 1e6 ? [value / 1e6, ' M'] : value >= 10_000 ? [value / 1e3, ' k'] : [value, ''];
  const digits = Math.max(0, DIGITS - 1 - Math.floor(Math.log10(Math.abs(scaled))));
  return scaled.toFixed(Math.min(3, digits)) + unit;
};

const cell = (samples: readonly number[] | undefined): string =>
  samples === undefined || samples.length === 0 ? '–' : figure(median(samples));

/** Both engines' cells, once where there is only one or both are the same. */
const pair = ([postgres, embedded]: readonly [string, string]): string =>
  postgres === embedded ? postgres : `${postgres} / ${embedded}`;

const OURS = ['postgres', 'embedded'] as const;
const compared = ({ samples }: Row, others: readonly [Side, Side]): string =>
  pair(
    OURS.map((side, i) => {
      const [ours, other] = [samples[side], samples[others[i]!] ?? samples.floor];
      return ours && other ? ratio(ours, other).toFixed(2) : '–';
    }) as [string, string],
  );

const HEAD = ['', 'PostgreSQL / embedded', 'peer', 'ours to it', 'floor', 'ours to it', 'goal'];

const cellsOf = (row: Row): string[] => {
  const { what, unit, samples, floor, peer, goal } = row;
  const floors = pair([cell(samples.floorPostgres ?? samples.floor), cell(samples.floorEmbedded ?? samples.floor)]);
  return [
    `${what}, ${unit}`,
    pair([cell(samples.postgres), cell(samples.embedded)]),
    samples.peer ? cell(samples.peer) + (peer ? ` (${peer})` : '') : '–',
    samples.peer ? compared(row, ['peer', 'peer']) : '–',
    floors === '–' ? '–' : `${floors}${floor ? ` (${floor})` : ''}`,
    floors === '–' ? '–' : compared(row, ['floorPostgres', 'floorEmbedded']),
    goal ?? '',
  ];
};

/** One row of the table, in Markdown. */
export const line = (row: Row): string => `| ${cellsOf(row).join(' | ')} |`;

export const head = (): string => `| ${HEAD.join(' | ')} |\n|${' --- |'.repeat(HEAD.length)}`;

/** Where and how it was measured, for people: what stands above the table. */
export const heading = (result: Result): string =>
  [
    `${result.date.slice(0, 10)}, commit ${result.commit}, Node ${result.node}, ${result.engines.join(', ')}`,
    `${result.machine}, load ${result.load.toFixed(1)}; ${result.program}`,
    `Peer: ${result.peer ?? 'none given (BENCH_PEER, BENCH_AW_SERVER)'}`,
    `Medians of ${result.rounds}, by turns${result.scale === 1 ? '' : `; ${result.scale} of the sizes`}`,
  ].join('\n');
