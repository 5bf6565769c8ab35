/** What the doctors of both programs found, for a person or a program. */
import type { Finding } from './finding.ts';
import { aligned } from './table.ts';
import { plain } from './terminal.ts';

const COLOURS = { ok: 'green', warn: 'yellow', problem: 'red' } as const;
type Paint = (colour: (typeof COLOURS)[Finding['level']], text: string) => string;

/** One line per finding, what to do on the next, and a summary as the last line. */
export const renderFindings = (findings: readonly Finding[], paint: Paint): string => {
  const lines = aligned(findings.map(({ level, about, said }) => [level, about, plain(said)])).map((line, i) => {
    const { level, todo } = findings[i]!;
    const coloured = paint(COLOURS[level], level) + line.slice(level.length);
    return todo === null ? coloured : `${coloured}\n${' '.repeat('problem  '.length)}→ ${plain(todo)}`;
  });
  const count = (wanted: Finding['level']) => findings.filter(({ level }) => level === wanted).length;
  const [problems, warnings] = [count('problem'), count('warn')];
  const sum = [
    problems > 0 ? `${problems} ${problems === 1 ? 'problem' : 'problems'}` : '',
    warnings > 0 ? `${warnings} ${warnings === 1 ? 'warning' : 'warnings'}` : '',
  ]
    .filter(Boolean)
    .join(', ');
  return [...lines, '', sum === '' ? paint('green', 'All is well.') : `${sum}.`, ''].join('\n');
};

export const findingsToJson = (findings: readonly Finding[]): string =>
  JSON.stringify({ ok: findings.every(({ level }) => level !== 'problem'), findings }, null, 2);
