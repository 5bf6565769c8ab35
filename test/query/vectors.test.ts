import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isKtError } from '../../domain/errors.ts';
import { QueryError } from '../../domain/query/query-error.ts';
import { runQuery } from '../../domain/query/run-query.ts';
import { makeMemoryDataset } from './memory-dataset.ts';
import { bucketsOf, difference, header, storedEvent, vectors } from './vectors.ts';

const golden = suite('query vectors');

golden('are of the format that this runner knows, and all there', () => {
  assert.is(header.format, 1);
  assert.is(vectors.length, 184);
});

for (const vector of vectors) {
  const { name, about, timeperiods, query, expect, warnings, unordered = false } = vector;
  golden(`${name}: ${about}`, async () => {
    const dataset = makeMemoryDataset(
      bucketsOf(vector).map((bucket) => ({ ...bucket, events: bucket.events.map(storedEvent) })),
    );
    const answer = runQuery({ query, timeperiods }, { dataset, now: () => performance.now() });
    if (Array.isArray(expect)) {
      const given = await answer;
      const fault = difference(JSON.parse(new TextDecoder().decode(given.json)), expect, 'answer', unordered);
      assert.is(fault, null, fault ?? '');
      if (warnings !== undefined) assert.is(given.warnings.count, warnings);
      return;
    }
    const error = await answer.then(
      () => assert.unreachable('must fail'),
      (reason: unknown) => reason,
    );
    if (expect.error === 'any') {
      assert.ok(isKtError(error, 'invalid') || isKtError(error, 'malformed'), String(error));
    } else {
      assert.instance(error, QueryError);
      assert.is((error as QueryError).type, expect.error);
    }
  });
}

golden.run();
