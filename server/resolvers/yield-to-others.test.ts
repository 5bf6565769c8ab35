import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { atOnce } from '../../domain/steps.ts';
import { endOfTurn, inTurns, makeTurns, yieldToOthers } from './yield-to-others.ts';

const turns = suite('work that lets others have their turn');

turns('goes on one piece in each turn of the event loop, in the order in which they stopped', async () => {
  let turn = 0;
  const seen: [name: string, turn: number][] = [];
  const work = async (name: string): Promise<void> => {
    for (let piece = 0; piece < 3; piece++) {
      await yieldToOthers(1);
      seen.push([name, turn]);
    }
  };
  const all = Promise.all(['a', 'b', 'c'].map(work)).then(() => 'done');
  for (let state: string | null = null; state === null; turn++)
    state = await Promise.race([all, endOfTurn().then(() => null)]);
  assert.equal(
    seen.map(([name]) => name),
    ['a', 'b', 'c', 'a', 'b', 'c', 'a', 'b', 'c'],
  );
  assert.is(new Set(seen.map(([, at]) => at)).size, seen.length, `two in one turn: ${JSON.stringify(seen)}`);
});

turns('of one account waits for one piece of each other account, however much those have waiting', async () => {
  const seen: string[] = [];
  const work = async (name: string, account: number | null, pieces: number): Promise<void> => {
    for (let piece = 0; piece < pieces; piece++) {
      await yieldToOthers(account);
      seen.push(name);
    }
  };
  const busy = Array.from({ length: 10 }, () => work('busy', 1, 4));
  await Promise.all([...busy, work('little', 2, 3), work('nobody', null, 2)]);
  assert.equal(seen.slice(0, 8), ['busy', 'little', 'nobody', 'busy', 'little', 'nobody', 'busy', 'little']);
  assert.is(seen.length, 45);
});

turns('in steps has the same result, and others get in between where it takes long', async () => {
  let others = 0;
  let running = true;
  void (async () => {
    for (; running; others++) await endOfTurn();
  })();
  const isOver = makeTurns(1).isOver;
  function* steps(): Generator<void, number, void> {
    // Longer than a turn, however fast the machine is.
    while (!isOver() || others < 2) yield;
    return 42;
  }
  assert.is(await inTurns(1, steps()), 42);
  running = false;
  assert.ok(others >= 2);
  assert.is(
    atOnce(
      (function* () {
        yield;
        return 'at once';
      })(),
    ),
    'at once',
  );
});

turns.run();
