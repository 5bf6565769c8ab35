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
      await yieldToOthers();
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

turns('in steps has the same result, and others get in between where it takes long', async () => {
  let others = 0;
  let running = true;
  void (async () => {
    for (; running; others++) await endOfTurn();
  })();
  const isOver = makeTurns().isOver;
  function* steps(): Generator<void, number, void> {
    // Longer than a turn, however fast the machine is.
    while (!isOver() || others < 2) yield;
    return 42;
  }
  assert.is(await inTurns(steps()), 42);
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
