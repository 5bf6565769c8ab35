import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DAY } from '../../test/query/ask.ts';
import { makeMemoryDataset } from '../../test/query/memory-dataset.ts';
import { isKtError } from '../errors.ts';
import { runQuery, type QueryRequest } from './run-query.ts';

const NEXT_DAY = '2024-01-16T00:00:00Z/2024-01-17T00:00:00Z';

const run = async (request: Partial<QueryRequest>) => {
  const dataset = makeMemoryDataset([{ id: 'b', events: [] }]);
  const { json, warnings } = await runQuery(
    { query: ['RETURN = 1;'], timeperiods: [DAY], ...request },
    { dataset, now: () => 0 },
  );
  return { answers: JSON.parse(new TextDecoder().decode(json)) as unknown[], warnings, reads: dataset.reads };
};

const requests = suite('a query request');

requests('is answered once per period, in order, each with variables of its own', async () => {
  const { answers } = await run({ query: ['RETURN = STARTTIME; x = 1;'], timeperiods: [NEXT_DAY, DAY] });
  assert.equal(answers, ['2024-01-16T00:00:00+00:00', '2024-01-15T00:00:00+00:00']);
});

requests('without periods is not even read', async () => {
  assert.equal((await run({ query: ['no = ( query'], timeperiods: [] })).answers, []);
});

requests('with a malformed period fails by that, whatever the program', async () => {
  const error: unknown = await run({ query: ['no = ( query'], timeperiods: [DAY, 'bad'] }).catch(
    (reason: unknown) => reason,
  );
  assert.ok(isKtError(error, 'malformed'));
});

requests('joins its pieces by line breaks, so that a comment ends with its piece', async () => {
  assert.equal((await run({ query: ['a = 1; # one', 'RETURN =', ' a'] })).answers, [1]);
});

requests('may have a name', async () => {
  assert.equal((await run({ query: ['RETURN = NAME'], name: 'daily' })).answers, ['daily']);
  assert.equal((await run({ query: ['RETURN = NAME'] })).answers, ['']);
});

requests('reads a period that comes again only once', async () => {
  const { reads } = await run({
    query: ['RETURN = query_bucket("b");'],
    timeperiods: [DAY, NEXT_DAY, '2024-01-15T01:00:00+01:00/2024-01-16T00:00:00Z'],
  });
  assert.is(reads.length, 2);
});

requests.run();
