import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isKtError } from '../../domain/errors.ts';
import { makeAttempts, makeFailedSignIns, trying } from './attempts.ts';

const attempts = suite('sign-ins that fail');

const makeScene = () => {
  const clock = { ms: 5_000 };
  return { clock, ...makeAttempts(() => clock.ms) };
};
const times = (count: number, work: () => void) => Array.from({ length: count }).forEach(work);

attempts('cost nothing ten times, and then twice as long each time, up to a quarter of an hour', () => {
  const { clock, waitOf, failed } = makeScene();
  const waits = Array.from({ length: 24 }, () => {
    failed('192.0.2.1');
    const wait = waitOf('192.0.2.1');
    clock.ms += wait;
    assert.is(waitOf('192.0.2.1'), 0, 'it may try again once it has waited');
    return wait / 1000;
  });
  assert.equal(waits.slice(0, 14), [...Array<number>(9).fill(0), 1, 2, 4, 8, 16]);
  assert.is(Math.max(...waits), 900);
});

attempts('of one address keep no other waiting, and none that many share', () => {
  const { waitOf, failed } = makeScene();
  times(50, () => failed('192.0.2.1'));
  times(50, () => failed(null));
  assert.ok(waitOf('192.0.2.1') > 0);
  assert.equal([waitOf('192.0.2.2'), waitOf(null)], [0, 0]);
});

attempts('are forgotten by one that works, and after an hour', () => {
  const { clock, waitOf, failed, worked } = makeScene();
  times(50, () => failed('a'));
  worked('a');
  failed('a');
  assert.is(waitOf('a'), 0);
  times(50, () => failed('a'));
  clock.ms += 3_600_000;
  failed('a');
  assert.is(waitOf('a'), 0);
});

attempts('of ten thousand addresses are remembered, the latest', () => {
  const { waitOf, failed } = makeScene();
  times(50, () => failed('first'));
  times(50, () => failed('second'));
  for (let n = 0; n < 9_998; n++) failed(`other ${n}`);
  assert.ok(waitOf('first') > 0);
  failed('first');
  failed('one more');
  assert.ok(waitOf('first') > 0, 'it failed again meanwhile');
  assert.is(waitOf('second'), 0);
});

attempts('of accounts are remembered apart from those of any number of addresses', () => {
  const { addresses, accounts } = makeFailedSignIns(() => 0);
  times(50, () => accounts.failed('one'));
  for (let n = 0; n < 20_000; n++) addresses.failed(`192.0.2.${n}`);
  assert.ok(accounts.waitOf('one') > 0);
  assert.is(addresses.waitOf('one'), 0);
});

attempts('count from when a try begins until it is known to be right, or to be no try', async () => {
  const { clock, ...all } = makeScene();
  const ended: { right(): void; wrong(): void; fault(): void }[] = [];
  let begun = 0;
  const begin = async (): Promise<string> => {
    const work = () =>
      new Promise<string>((resolve, reject) => {
        begun++;
        ended.push({
          right: () => resolve('right'),
          wrong: () => reject(new Error('wrong')),
          fault: () => reject(new Error('fault')),
        });
      });
    return trying(
      all,
      'one',
      { what: 'too many', isWrong: (error) => (error as Error).message === 'wrong' },
      work,
    ).catch((error: unknown) =>
      isKtError(error, 'rate_limited') ? `${error.message} (${String(error.details['retryAfter'])})` : String(error),
    );
  };
  const first = Array.from({ length: 12 }, begin);
  assert.is(begun, 10);
  assert.equal((await Promise.all(first.slice(10))).at(1), 'too many: wait 1 s, then try again (1)');
  ended[0]!.fault();
  assert.is(await first[0], 'Error: fault');
  assert.is(all.waitOf('one'), 0, 'nine are under way');
  for (const each of ended.slice(1)) each.wrong();
  await Promise.all(first);
  assert.is(all.waitOf('one'), 0);
  const last = begin();
  ended.at(-1)!.wrong();
  assert.is(await last, 'Error: wrong');
  assert.is(all.waitOf('one'), 1_000);
  clock.ms += 1_000;
  const right = begin();
  ended.at(-1)!.right();
  assert.is(await right, 'right');
  const anew = Array.from({ length: 10 }, begin);
  assert.is(begun, 22, 'it begins anew');
  for (const each of ended) each.wrong();
  await Promise.all(anew);
});

attempts.run();
