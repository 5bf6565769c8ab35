import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ask, askInVain, DAY } from '../../../test/query/ask.ts';
import { hostileBuckets, hostilePrograms } from '../../../test/query/hostile-programs.ts';
import { makeMemoryDataset } from '../../../test/query/memory-dataset.ts';
import { runQuery } from '../run-query.ts';

const dataset = () => makeMemoryDataset(hostileBuckets);

const hostile = suite('hostile programs');

for (const { name, program, error, limits } of hostilePrograms) {
  hostile(`${name}: a clear error`, async () => {
    // Where the clock is not what ends it, a busy machine may take the time it needs.
    const milliseconds = error.source.includes('took longer') ? 1_000 : 30_000;
    assert.match(await askInVain(program, { dataset: dataset(), limits: { milliseconds, ...limits } }), error);
  });
}

hostile('a million periods: refused before one is read', async () => {
  const never = { dataset: dataset(), now: () => 0 };
  try {
    await runQuery({ query: ['RETURN = 1;'], timeperiods: new Array<string>(1e6).fill(DAY) }, never);
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), '1000000 time periods; at most 1000 may be asked for at once');
  }
});

hostile('patterns that others can’t bear are harmless here', async () => {
  const matches = (pattern: string) =>
    ask(`RETURN = sum_durations(filter_keyvals_regex(query_bucket("b"), "t", "${pattern}"));`, { dataset: dataset() });
  for (const pattern of [
    '^(a+)+$',
    '^(a|aa)+$',
    '(a*)*b',
    '^(?=(a+)+$)',
    '(?:a?){500}b',
    '(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)[^a-z0-9!]',
    '^(?:(?:a|a)*)*x(?<=x)',
  ]) {
    assert.is(await matches(pattern), 0, pattern);
  }
});

hostile('a client that has gone ends the query', async () => {
  let asked = 0;
  const interrupt = () => (++asked > 3 ? 'the client has gone' : null);
  assert.match(
    await askInVain(`${'a = 1;'.repeat(100)} RETURN = a;`, { interrupt }),
    'the query was stopped: the client has gone',
  );
  assert.is(asked, 4);
});

hostile.run();
