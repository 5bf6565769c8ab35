import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Prisma } from '../../prisma/generated/client/client.ts';
import { madeOnce } from './tx.ts';

const once = suite('statements made once');

once('have their arguments where the one put together has them, and are put together once', () => {
  let made = 0;
  const make = (account: number, name: string) =>
    Prisma.sql`select from b where account = ${account} and name = ${name} limit ${7} offset ${account}::int`;
  const statement = madeOnce((account: number, name: string) => {
    made++;
    return make(account, name);
  });
  for (const [account, name] of [
    [1, 'a'],
    [2, 'b'],
  ] as const) {
    const { text, values } = make(account, name);
    const given = statement(account, name);
    assert.equal([given.text, given.values], [text, values]);
    assert.is(given.name, statement(0, '').name);
  }
  assert.is(made, 1);
});

once.run();
