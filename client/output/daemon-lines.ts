/** The daemon's log lines: a sentence for a person, with the facts as fields for a program. */
import { plain } from '../../cli/terminal.ts';
import { isProven, type ProofReport } from '../sync/proof/proof-report.ts';
import type { PulledBucket, PushedBucket, Report } from '../sync/report.ts';
import { inStepText } from './compared.ts';

export type Line = {
  readonly level: 'info' | 'warn';
  readonly message: string;
  readonly facts: Record<string, unknown>;
};

const events = (n: number, word: string): string => `${n} ${word}${n === 1 ? ' event' : ' events'}`;

/** "12 new events and 1 changed event in window", "… in 3 buckets"; null if there are none. */
const moved = (verb: string, counts: readonly [number, string][], names: readonly string[]): string | null => {
  const parts = counts.filter(([n]) => n > 0).map(([n, word]) => events(n, word));
  if (parts.length === 0) return null;
  return `${verb} ${parts.join(' and ')} in ${names.length === 1 ? plain(names[0]!) : `${names.length} buckets`}`;
};

const sum = <Item>(items: readonly Item[], of: (item: Item) => number): number =>
  items.reduce((total, item) => total + of(item), 0);

const pushedLine = (pushed: readonly PushedBucket[]): string | null => {
  const changed = pushed.filter(({ inserted, updated, deleted }) => inserted + updated + deleted > 0);
  return moved(
    'pushed',
    [
      [sum(changed, (one) => one.inserted), 'new'],
      [sum(changed, (one) => one.updated), 'changed'],
      [sum(changed, (one) => one.deleted), 'deleted'],
    ],
    changed.map(({ bucket }) => bucket),
  );
};

const pulledLine = (pulled: readonly PulledBucket[]): string | null => {
  const changed = pulled.filter(({ inserted, replaced, deleted }) => inserted + replaced + deleted > 0);
  return moved(
    'pulled',
    [
      [sum(changed, (one) => one.inserted), 'new'],
      [sum(changed, (one) => one.replaced), 'changed'],
      [sum(changed, (one) => one.deleted), 'deleted'],
    ],
    changed.map(({ bucket, localId }) => localId ?? bucket),
  );
};

/** For each bucket that is not in step, the reason. */
const problems = ({ pushed, pulled }: Report): string[] => [
  ...pushed.flatMap(({ bucket, outcome, reason }) =>
    outcome === 'failed' || outcome === 'held' ? [`${plain(bucket)} is not in step: ${plain(reason ?? '')}`] : [],
  ),
  ...pulled.flatMap(({ bucket, hostname, outcome, reason }) =>
    outcome === 'failed' || outcome === 'held'
      ? [`${plain(bucket)} of ${plain(hostname)} is not in step: ${plain(reason ?? '')}`]
      : [],
  ),
  ...pushed.flatMap(({ bucket, rejected }) =>
    rejected.length > 0
      ? [
          `${events(rejected.length, 'refused')} of ${plain(bucket)} set aside ` +
            `(${plain(rejected[0]!.reason)}): see \`kt-client status\``,
        ]
      : [],
  ),
];

/**
 * The lines of a pass: what it moved, and one per problem. A pass that moved nothing logs a line too, unless it is
 * `quiet`.
 */
export const linesOf = (report: Report, quiet: boolean): Line[] => {
  const { pass, newDevice, pushed, pulled } = report;
  const said = problems(report);
  const did = [pushedLine(pushed), pulledLine(pulled)].filter((line) => line !== null);
  const lines: Line[] = newDevice
    ? [
        {
          level: 'info',
          message: 'this device was new to the server, and is registered now',
          facts: { deviceId: report.deviceId },
        },
      ]
    : [];
  if (did.length > 0 || (said.length === 0 && !quiet)) {
    const facts = {
      pass,
      pushed: pushed
        .filter(({ inserted, updated, deleted }) => inserted + updated + deleted > 0)
        .map(({ bucket, inserted, updated, deleted }) => ({ bucket, inserted, updated, deleted })),
      pulled: pulled
        .filter(({ inserted, replaced, deleted }) => inserted + replaced + deleted > 0)
        .map(({ localId, inserted, replaced, deleted }) => ({ bucket: localId, inserted, replaced, deleted })),
      milliseconds: Number(report.endedUs - report.startedUs) / 1000,
    };
    const known =
      report.compared && said.length === 0 ? [inStepText(report.compared, Number(report.endedUs / 1000n))] : [];
    lines.push({ level: 'info', message: [did.join('; ') || 'nothing new', ...known].join('; '), facts });
  }
  return [...lines, ...said.map((message): Line => ({ level: 'warn', message, facts: { pass } }))];
};

/** The lines of a proof: whether both sides hold the same, what was repaired, and one per bucket that still differs. */
export const proofLines = (report: ProofReport): Line[] => {
  const { pass, rows, startedUs, endedUs } = report;
  const mended = rows.filter(({ inserted, updated, deleted }) => inserted + updated + deleted > 0);
  const repaired = moved(
    'repaired',
    [
      [sum(mended, (one) => one.inserted), 'missing'],
      [sum(mended, (one) => one.updated), 'changed'],
      [sum(mended, (one) => one.deleted), 'deleted'],
    ],
    mended.map(({ bucket }) => bucket),
  );
  const bad = rows.filter(({ outcome }) => outcome === 'differs' || outcome === 'held' || outcome === 'failed');
  const verdict = isProven(report) ? 'proven: both sides hold the same' : 'compared: not everything is the same yet';
  const facts = {
    pass,
    buckets: rows.length,
    mended: mended.map(({ bucket, inserted, updated, deleted }) => ({ bucket, inserted, updated, deleted })),
    milliseconds: Number(endedUs - startedUs) / 1000,
  };
  return [
    { level: 'info', message: [verdict, repaired].filter((part) => part !== null).join('; '), facts },
    ...bad.map(
      ({ bucket, hostname, reason, days }): Line => ({
        level: 'warn',
        message: `${plain(bucket)} of ${plain(hostname)} differs: ${plain(reason ?? `${days.length} days`)}`,
        facts: { pass },
      }),
    ),
  ];
};
