import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Answer, KnownStatement } from './port.ts';
import { makeQuickStatements } from './quick-statements.ts';

const quick = suite('quick statements');

const of = (name: string): KnownStatement => ({ name, text: '', writes: false });
const turn = () => new Promise(setImmediate);

type Trip = { readonly names: string[]; answer(): void; fail(): void };

/** An engine that answers a round trip when it is told to; statements called `bad` fail. */
const makeEngine = () => {
  const trips: Trip[] = [];
  const ask = makeQuickStatements(
    (statements) =>
      new Promise((resolve, reject) => {
        const names = statements.map(({ name }) => name);
        const ended = names.map(
          (name): PromiseSettledResult<Answer> =>
            name === 'bad'
              ? { status: 'rejected', reason: new Error('bad') }
              : { status: 'fulfilled', value: { rows: [{ name }], count: 1 } },
        );
        trips.push({ names, answer: () => resolve(ended), fail: () => reject(new Error('the connection is lost')) });
      }),
  );
  const outcome = (name: string) =>
    ask(of(name)).then(
      ({ rows }) => rows[0]!['name'],
      ({ message }: Error) => message,
    );
  return { trips, outcome };
};

quick('of one turn of the event loop share a round trip, and a lone one waits for nobody', async () => {
  const { trips, outcome } = makeEngine();
  const asked = ['a', 'bad', 'c'].map(outcome);
  await turn();
  assert.equal(trips[0]!.names, ['a', 'bad', 'c']);
  const alone = outcome('d');
  await turn();
  assert.equal(trips[1]!.names, ['d']);
  trips[1]!.answer();
  trips[0]!.answer();
  assert.equal(await Promise.all([...asked, alone]), ['a', 'bad', 'c', 'd']);
});

quick('wait while two round trips are under way, and go together then, 64 at a time', async () => {
  const { trips, outcome } = makeEngine();
  const asked: Promise<unknown>[] = [];
  for (const name of ['a', 'b']) {
    asked.push(outcome(name));
    await turn();
  }
  asked.push(...Array.from({ length: 70 }, (_, n) => outcome(`w${n}`)));
  await turn();
  assert.is(trips.length, 2);
  trips[0]!.answer();
  await turn();
  assert.equal([trips.length, trips[2]!.names.length], [3, 64]);
  trips[1]!.answer();
  await turn();
  assert.equal([trips.length, trips[3]!.names.length], [4, 6]);
  for (const trip of trips) trip.answer();
  assert.is(new Set(await Promise.all(asked)).size, 72);
});

quick('fail together with their connection, and the next ones have another', async () => {
  const { trips, outcome } = makeEngine();
  const asked = ['a', 'b'].map(outcome);
  await turn();
  trips[0]!.fail();
  assert.equal(await Promise.all(asked), ['the connection is lost', 'the connection is lost']);
  const next = outcome('c');
  await turn();
  trips[1]!.answer();
  assert.is(await next, 'c');
});

quick.run();
