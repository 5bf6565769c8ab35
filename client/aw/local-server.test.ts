import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeFakeAw } from '../../test/support/fake-aw/server.ts';
import { KtError, type ErrorCode } from '../../domain/errors.ts';
import type { Event } from '../../domain/event.ts';
import { makeLocalServer } from './local-server.ts';

const BUCKET = { id: 'b', type: 't', client: 'c', hostname: 'h', createdUs: 1_500_000_000_000_000n, data: { mark: 1 } };
const event = (seconds: number, durationNs = 1_000_000_000n): Event => ({
  startUs: 1_700_000_000_000_000n + BigInt(seconds) * 1_000_000n,
  durationNs,
  data: { title: `t${seconds}` },
});

const codeOf = async (work: Promise<unknown>): Promise<ErrorCode> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof KtError) return error.code;
    throw error;
  }
  return assert.unreachable() as never;
};

for (const kind of ['rust', 'python'] as const) {
  const open = (apiKey?: string) => {
    const aw = makeFakeAw({ kind, hostname: 'laptop', deviceId: 'device', ...(apiKey ? { apiKey } : {}) });
    return { aw, local: makeLocalServer({ url: 'http://aw/', fetch: (request) => aw.fetch(request) }) };
  };
  const server = suite(`a ${kind} aw-server as the client sees it`);

  server('tells who it is, and its buckets', async () => {
    const { local } = open();
    const info = await local.info();
    assert.equal([info.hostname, info.deviceId], ['laptop', 'device']);
    assert.equal(await local.buckets(), []);
    assert.ok(await local.createBucket(BUCKET));
    assert.not.ok(await local.createBucket(BUCKET), 'it is there');
    const [bucket] = await local.buckets();
    assert.equal([bucket!.id, bucket!.type, bucket!.client, bucket!.hostname], ['b', 't', 'c', 'h']);
  });

  server('of testing is another device than the real one, whose id it shares', async () => {
    const aw = makeFakeAw({ kind, deviceId: 'device', testing: true });
    const { deviceId, testing } = await makeLocalServer({
      url: 'http://aw/',
      fetch: (request) => aw.fetch(request),
    }).info();
    assert.equal([deviceId, testing], ['device (testing)', true]);
  });

  server('keeps events, and gives them by id, by period and by number', async () => {
    const { local } = open();
    await local.createBucket(BUCKET);
    await local.insert('b', [event(0)]);
    await local.insert('b', [event(10), event(20, 5_250_000_000n)]);
    const { events, full } = await local.events('b', { limit: 2 });
    assert.equal(
      events.map(({ startUs, durationNs }) => [startUs, durationNs]),
      [
        [event(20).startUs, 5_250_000_000n],
        [event(10).startUs, 1_000_000_000n],
      ],
    );
    assert.ok(full);
    assert.not.ok((await local.events('b', { limit: 4 })).full);
    assert.not.ok((await local.events('b', {})).full);
    assert.is((await local.events('b', {})).events.length, 3);
    const clipped = await local.events('b', { endUs: event(22).startUs, startUs: event(15).startUs });
    assert.is(clipped.events.length, 1);
    assert.ok(clipped.events[0]!.durationNs < 2_100_000_000n);
    assert.equal(await local.event('b', events[0]!.id), events[0]);
    assert.is(await local.count('b'), 3);
  });

  server('has no event of an unknown id, whatever it answers', async () => {
    const { local } = open();
    await local.createBucket(BUCKET);
    assert.is(await local.event('b', 12345), null);
    assert.is(await local.event('missing', 12345), null);
  });

  server('replaces and deletes by id', async () => {
    const { local } = open();
    await local.createBucket(BUCKET);
    await local.insert('b', [event(0), event(1)]);
    const [one, zero] = (await local.events('b', {})).events;
    await local.replace('b', [{ ...one!, durationNs: 9_000_000_000n }]);
    await local.deleteEvent('b', zero!.id);
    await local.deleteEvent('b', zero!.id);
    const { events } = await local.events('b', {});
    assert.equal(events, [{ ...one!, durationNs: 9_000_000_000n }]);
  });

  server(
    'reaches a bucket of any name (the Python one has no way to one with a slash), and says when one is missing',
    async () => {
      const { local } = open();
      for (const id of ['büro 50 % + 1?', 'a b#c', ...(kind === 'rust' ? ['a/b'] : [])]) {
        await local.createBucket({ ...BUCKET, id });
        await local.insert(id, [event(0)]);
        assert.is(await local.count(id), 1);
      }
      assert.is(await codeOf(local.events('missing', {})), 'not_found');
      assert.is(await codeOf(local.count('missing')), 'not_found');
    },
  );

  server('is asked as it wants it: never a redirect', async () => {
    const { aw, local } = open();
    await local.createBucket(BUCKET);
    await local.buckets();
    await local.insert('b', [event(0)]);
    await local.events('b', { limit: 1 });
    await local.count('b');
    assert.equal(
      aw.requests.filter(({ status }) => status >= 300 && status !== 304),
      [],
    );
  });

  server.run();
}

const failures = suite('an aw-server that fails');
const answering = (answer: (request: Request) => Response | Promise<Response>) =>
  makeLocalServer({ url: 'http://aw', fetch: async (request) => answer(request) });

failures('for an event, but not otherwise, has none; one that fails otherwise is unavailable', async () => {
  const only = answering(({ url }) =>
    /events\/\d+$/.test(url) ? new Response('{"message":"oops"}', { status: 500 }) : Response.json([]),
  );
  assert.is(await only.event('b', 1), null);
  assert.is(await codeOf(answering(() => new Response('', { status: 500 })).event('b', 1)), 'unavailable');
});
failures('is told by its status', async () => {
  for (const [status, code] of [
    [401, 'unauthenticated'],
    [403, 'forbidden'],
    [404, 'not_found'],
    [413, 'too_large'],
    [422, 'invalid'],
    [400, 'invalid'],
    [301, 'unavailable'],
    [503, 'unavailable'],
  ] as const) {
    assert.is(await codeOf(answering(() => new Response('', { status })).count('b')), code, String(status));
  }
});
failures('to be one is said', async () => {
  assert.is(await codeOf(answering(() => new Response('<html>')).info()), 'unavailable');
  assert.is(await codeOf(answering(() => Response.json([1])).info()), 'unavailable');
});
failures('to answer in time is unavailable', async () => {
  const alive = setTimeout(() => undefined, 5000); // the signal's own timer keeps no process alive
  // The signal beside the request: the one within is collected with it (Node 20.20).
  const hanging = (_: Request, { signal }: { signal: AbortSignal }) =>
    new Promise<Response>((__, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  assert.is(await codeOf(makeLocalServer({ url: 'http://aw', timeoutMs: 50, fetch: hanging }).info()), 'unavailable');
  clearTimeout(alive);
});
failures('to hold readable events tells which, and gives the others', async () => {
  const rows = [
    { id: 2, timestamp: '2024-01-01T00:00:00.5+00:00', duration: 1.5, data: {} },
    { id: 1, timestamp: '9999-01-01T00:00:00Z', duration: 0, data: {} },
  ];
  const page = await answering(() => Response.json(rows)).events('b', { limit: 2 });
  assert.is(page.events.length, 1);
  assert.equal(
    page.unreadable.map(({ sourceId }) => sourceId),
    [1],
  );
  assert.ok(page.full);
});
failures('without the key it asks for is told where that belongs', async () => {
  const aw = makeFakeAw({ kind: 'rust', apiKey: 'local-secret' });
  const fetch = (request: Request) => aw.fetch(request);
  assert.is(await codeOf(makeLocalServer({ url: 'http://aw', fetch }).buckets()), 'unauthenticated');
  assert.equal(await makeLocalServer({ url: 'http://aw', apiKey: 'local-secret', fetch }).buckets(), []);
});
failures.run();
