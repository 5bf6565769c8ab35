/** Runs scenarios one after the other, each on servers of its own, and gathers what they measure. */
import { execFileSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';
import { newDatabase } from '../support/new-database.ts';
import { makeProcesses, type Processes } from '../support/processes.ts';
import { startThrowawayPostgres } from '../support/throwaway-postgres.ts';
import { head, heading, line, type Result, type Row } from './report.ts';
import { SCENARIOS } from './scenarios.ts';
import { peerOf, type Programs } from './world/aw.ts';
import { startOurs, type Ours, type Program } from './world/ours.ts';
import { openWorld, type World } from './world/world.ts';

export type Bench = {
  /** How often work is done: `rounds` for what is short, `long` for what takes seconds. */
  readonly rounds: number;
  readonly long: number;
  /** Whether to go up to the largest sizes too. */
  readonly large: boolean;
  /** Whether to tell where memory goes. */
  readonly detail: boolean;
  readonly program: Program;
  readonly programs: Programs;
  readonly processes: Processes;
  /** A number of events, or of anything that takes time, at this bench's scale. */
  size(whole: number, least?: number): number;
  /** Servers of this scenario's own. */
  open(): Promise<World>;
  /** One more kt-server with an empty database of this engine. The caller closes it. */
  startOurs(side: Ours['side'], env?: Record<string, string>): Promise<Ours>;
  readonly sides: readonly Ours['side'][];
  /** One more empty database on the PostgreSQL server, by URL; only where `sides` has it. */
  newDatabase(): Promise<string>;
  row(row: Row): void;
  note(text: string): void;
};

export type Scenario = {
  readonly name: string;
  /** Other words by which it is found. */
  readonly words?: readonly string[];
  /** What it measures, in a line. */
  readonly about: string;
  run(bench: Bench): Promise<void>;
};

export type BenchOptions = {
  /** Texts of which a scenario has to have one in its name; all of them if there is none. */
  readonly patterns: readonly string[];
  /** What part of the whole sizes. */
  readonly scale: number;
  readonly rounds: number;
  readonly large: boolean;
  readonly detail: boolean;
  readonly program: Program;
  readonly programs: Programs;
  readonly engines: readonly Ours['side'][];
  /** A PostgreSQL server that runs already, by URL; else one is started for the while. */
  readonly postgres?: string;
  say(line: string): void;
  /** Gets all there is so far after each scenario. */
  save?(result: Result): void;
};

/** Below this scale one set of servers serves all scenarios: starting them would be most of the work. */
const SMALL = 0.05;
/** What ends a run early; what it started is stopped then. */
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
/** fsync as PostgreSQL has it by default: the throwaway one of tests goes without. */
const SETTINGS = { fsync: 'on' };

const root = new URL('../..', import.meta.url);
const commit = (): string => {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
};
const machine = (): string =>
  `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform}`;

/** Those that have one of the patterns in their name, or in one of their words. */
export const chosen = (patterns: readonly string[]): Scenario[] =>
  SCENARIOS.filter(
    ({ name, words = [] }) =>
      patterns.length === 0 || patterns.some((pattern) => [name, ...words].some((word) => word.includes(pattern))),
  );

/**
 * Runs the chosen scenarios. One that fails is noted, and the others go on: a run of an hour is not to be lost. What
 * they started is stopped when it returns or fails.
 */
export const runBench = async (options: BenchOptions): Promise<Result> => {
  const { scale, rounds, large, detail, program, programs, say } = options;
  const wants = (side: Ours['side']): boolean => options.engines.includes(side);
  const processes = makeProcesses();
  const postgres = wants('postgres') && !options.postgres ? await startThrowawayPostgres(SETTINGS) : null;
  const cluster = options.postgres ?? postgres?.url;
  const sides = (['postgres', 'embedded'] as const).filter((side) => wants(side) && (side === 'embedded' || cluster));
  const result: Result = {
    date: new Date().toISOString(),
    commit: commit(),
    node: process.versions.node,
    machine: machine(),
    load: loadavg()[0]!,
    program: program === 'built' ? 'what `npm run build` made' : 'the sources, by tsx',
    engines: sides.map((side) => (side === 'embedded' ? 'PGlite' : `PostgreSQL ${postgres?.version ?? ''}`.trim())),
    peer: peerOf(programs),
    scale,
    rounds,
    rows: [],
    notes: [],
    failed: [],
  };
  const start = async (side: Ours['side'], env: Record<string, string> = {}): Promise<Ours> =>
    startOurs(processes, program, side === 'embedded' ? null : await newDatabase(cluster!, 'bench'), env);
  let shared: World | undefined;
  const worlds: World[] = [];
  const open = async (): Promise<World> => {
    if (scale <= SMALL && shared) return shared;
    shared = await openWorld(
      processes,
      programs,
      sides.map((side) => () => start(side)),
    );
    worlds.push(shared);
    return shared;
  };
  const closeWorlds = async (): Promise<void> => {
    shared = undefined;
    for (const world of worlds.splice(0)) await world.close();
  };
  const stop = async (): Promise<void> => {
    await processes.close();
    await postgres?.stop();
  };
  const interrupted = (): void => void stop().finally(() => process.exit(130));
  for (const signal of SIGNALS) process.once(signal, interrupted);
  try {
    say(`${heading(result)}\n\n${head()}`);
    for (const { name, run } of chosen(options.patterns)) {
      const failed = (error: unknown): void => {
        const reason = error instanceof Error ? error.message : String(error);
        result.failed.push(name);
        result.notes.push(`${name} FAILED: ${reason}`);
        say(`| ${name} FAILED: ${reason.split('\n')[0]} |`);
      };
      await run({
        rounds,
        long: Math.min(rounds, 3),
        large,
        detail,
        program,
        programs,
        processes,
        sides,
        size: (whole, least = 1) => Math.max(least, Math.round(whole * scale)),
        open,
        startOurs: start,
        newDatabase: () => newDatabase(cluster!, 'bench'),
        row: (row) => {
          result.rows.push({ scenario: name, ...row });
          say(line(row));
        },
        note: (text) => void result.notes.push(`${name}: ${text}`),
      }).catch(failed);
      options.save?.(result);
      if (scale > SMALL) await closeWorlds();
    }
    await closeWorlds();
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupted);
    await stop();
  }
  for (const note of result.notes) say(`\n${note}`);
  return result;
};
