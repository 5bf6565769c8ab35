/**
 * Measures, as docs/performance.md tells: `npm run bench` everything, `npm run bench -- push heartbeats` the scenarios
 * with one of these in their name. It measures what `npm run build` makes, which it does first. Prints a table, and
 * writes the same with all figures as JSON.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chosen, runBench } from '../test/bench/bench.ts';
import { programsOf } from '../test/bench/world/aw.ts';

const USAGE = `npm run bench -- [options] [PATTERN …]
  --list            what there is to measure
  --quick           a hundredth of the sizes, one round: does it work? The figures mean nothing
  --scale 1         what part of the whole sizes
  --rounds 5        how often; the figures are medians
  --engine NAME     postgres or embedded; both unless given
  --large           buckets of 1.65 million events too
  --detail          where the server's memory goes, in the scenario year
  --sources         the sources by tsx, and not what npm run build makes
  --json FILE       where the JSON goes (bench.json)
BENCH_PEER=http://… is a server to compare with, empty, of any kind that speaks /api/0. BENCH_AW_SERVER and
BENCH_AW_SYNC are the paths of aw-server-rust's and aw-sync's programs.
`;

const root = fileURLToPath(new URL('..', import.meta.url));
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: 'boolean', short: 'h', default: false },
    list: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    scale: { type: 'string' },
    rounds: { type: 'string' },
    engine: { type: 'string' },
    large: { type: 'boolean', default: false },
    detail: { type: 'boolean', default: false },
    sources: { type: 'boolean', default: false },
    json: { type: 'string', default: 'bench.json' },
  },
});

/** A number that an option has to be; ends the process where it is none. */
const numberOf = (name: string, text: string | undefined, otherwise: number): number => {
  const value = text === undefined ? otherwise : Number(text);
  if (value > 0) return value;
  process.stderr.write(`bench: --${name} takes a number above 0, not ${text}\n`);
  process.exit(2);
};

const bench = async (): Promise<void> => {
  const { engine, sources, large, detail, quick, json } = values;
  const scale = numberOf('scale', values.scale, quick ? 0.01 : 1);
  const rounds = Math.ceil(numberOf('rounds', values.rounds, quick ? 1 : 5));
  if (engine !== undefined && engine !== 'postgres' && engine !== 'embedded') {
    process.stderr.write(`bench: --engine is postgres or embedded, not ${engine}\n`);
    process.exit(2);
  }
  if (!sources) {
    const built = spawnSync(process.execPath, ['scripts/launch.js', 'scripts/build.ts'], {
      cwd: root,
      stdio: 'inherit',
    });
    if (built.status !== 0) process.exit(1);
  }
  const result = await runBench({
    patterns: positionals,
    scale,
    rounds,
    large,
    detail,
    program: sources ? 'sources' : 'built',
    programs: programsOf(process.env),
    engines: engine === undefined ? ['postgres', 'embedded'] : [engine],
    say,
    save: (sofar) => writeFileSync(json, `${JSON.stringify(sofar, null, 1)}\n`),
  });
  say(`\nAll figures are in ${json}.`);
  if (result.failed.length > 0) process.exitCode = 1;
};

if (values.help) say(USAGE);
else if (values.list) for (const { name, about } of chosen(positionals)) say(`${name.padEnd(12)} ${about}`);
else if (chosen(positionals).length === 0) {
  process.stderr.write(`bench: nothing has ${positionals.join(' or ')} in its name: see --list\n`);
  process.exitCode = 2;
} else await bench();
