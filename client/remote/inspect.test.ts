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
const ofKeys = (apiKeys: unknown[], email = 'anna@example.org') => ({ data: { viewer: { email, apiKeys } } });
const good = answer({ data: { viewer: { email: 'anna@example.org', access: { scope: 'PUSH', deviceId: null } } } });
/** A server from before it told what the request's own key may do. */
const old: typeof globalThis.fetch = async (url, init) =>
  (await new Request(url, init).text()).includes('access')
    ? answer({ errors: [{ message: 'no such field', extensions: { code: 'UNSUPPORTED' } }] }, { status: 400 })()
    : answer(ofKeys(KEYS))();
const look = (fetch: typeof globalThis.fetch, apiKey = 'kt_abcdefghijk', nowMs = () => SERVED_MS + 500) =>
  inspectServer({ url: 'https://kt.example', apiKey, fetch, nowMs });

const inspect = suite('a look at kt-server');

inspect('tells whose the key is, what it may do, and the clock’s offset', async () => {
  assert.equal(await look(good), { email: 'anna@example.org', scope: 'push', clockAheadMs: 0 });
  assert.is((await look(good, 'kt_abcdefghijk', () => SERVED_MS - 60_000)).clockAheadMs, -60_500);
});
inspect(
  'finds the key in the list of a server that tells no more, and knows no scope of one that is not there',
  async () => {
    assert.equal(await look(old), { email: 'anna@example.org', scope: 'push', clockAheadMs: 0 });
    assert.is((await look(old, 'kt_unknown')).scope, null);
  },
);
inspect('knows no offset where the server tells no time', async () => {
  const timeless = await look(async () =>
    Response.json({ data: { viewer: { email: 'a', access: { scope: 'FULL', deviceId: null } } } }),
  );
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
