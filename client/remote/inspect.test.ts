import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isKtError } from '../../domain/errors.ts';
import { inspectServer } from './inspect.ts';

const SERVED_MS = Date.parse('2026-11-24T07:00:00Z');
const KEYS = [
  { prefix: 'kt_other12', scope: 'FULL' },
  { prefix: 'kt_abcdefg', scope: 'PUSH' },
];
const answer =
  (body: unknown, init: ResponseInit = {}) =>
  async () =>
    Response.json(body, { headers: { date: new Date(SERVED_MS).toUTCString() }, ...init });
const good = answer({ data: { viewer: { email: 'anna@example.org', apiKeys: KEYS } } });
const look = (fetch: () => Promise<Response>, apiKey = 'kt_abcdefghijk', nowMs = () => SERVED_MS + 500) =>
  inspectServer({ url: 'https://kt.example', apiKey, fetch, nowMs });

const inspect = suite('a look at kt-server');

inspect('tells whose the key is, what it may do, and the clock’s offset', async () => {
  assert.equal(await look(good), { email: 'anna@example.org', scope: 'push', clockAheadMs: 0 });
  assert.is((await look(good, 'kt_abcdefghijk', () => SERVED_MS - 60_000)).clockAheadMs, -60_500);
});
inspect('knows no scope of a key that is not listed, and no offset where the server tells no time', async () => {
  assert.is((await look(good, 'kt_unknown')).scope, null);
  const timeless = await look(async () => Response.json({ data: { viewer: { email: 'a', apiKeys: [] } } }));
  assert.is(timeless.clockAheadMs, null);
});
inspect('fails in our words, and without the key', async () => {
  try {
    await look(
      answer({ errors: [{ message: 'wrong key', extensions: { code: 'UNAUTHENTICATED' } }] }, { status: 401 }),
    );
    assert.unreachable();
  } catch (error) {
    if (!isKtError(error)) throw error;
    assert.is(error.code, 'unauthenticated');
    assert.not.match(error.message, /kt_abc/);
  }
});

inspect.run();
