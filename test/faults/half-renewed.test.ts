/**
 * All ids of a database have changed, and the server or the client dies when the first bucket has its new epoch and the
 * others do not: those are too small to be recognized by themselves. Passes alone must renew them all the same (`over`
 * of the state).
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { play } from './model.ts';
import type { Draft, Kind, Op, PassFault, Scenario } from './ops.ts';

const events = (count: number, from: number): Draft[] =>
  Array.from({ length: count }, (_, i) => ({ ago: from + i * 301, micros: i * 137, length: 60_000 + i, title: i % 4 }));

/** On the first machine `aw-watcher-afk` sorts before the others, and is the only one with enough witnesses. */
const machine = (kind: Kind) => ({ kind, hostname: 0, buckets: [events(5, 50), events(25, 100), events(4, 5_000)] });
const pass = (fault: PassFault | null = null): Op => ({ op: 'pass', on: 0, mode: 'both', fault });

const CHANGES: readonly Op[] = [
  { op: 'rebuild', on: 0, order: 3 },
  { op: 'swap', on: 0, order: 5 },
];
const DEATHS: readonly PassFault[] = [
  { at: 1, how: 'half', retries: 0 },
  { at: 1, how: 'half', retries: 1 },
];

const half = suite('a death between the first new epoch and the others');

for (const kind of ['rust', 'python'] as const) {
  for (const change of CHANGES) {
    for (const death of DEATHS) {
      const scenario: Scenario = {
        machines: [machine(kind), machine('rust')],
        ops: [pass(), change, pass(death)],
        passesAlone: true,
      };
      half(
        `${kind}, ${change.op}, ${death.retries === 0 ? 'and the pass ends there' : 'and the same pass goes on'}`,
        async () => {
          const account = await play(scenario);
          assert.equal(await account.epochs(), { 'aw-watcher-afk': 2, 'aw-watcher-window': 2, web: 2 });
        },
      );
    }
  }
}

half.run();
