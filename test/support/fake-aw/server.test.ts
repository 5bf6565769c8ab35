import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import fc from 'fast-check';

import { asker, BUCKET, E, fresh, ids, spans } from './ask.ts';
import { listenFakeAw, makeFakeAw, seedWindowEvents } from './server.ts';

const server = suite<{ folder: string }>('fake-aw: as a whole');
server.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'fake-aw-'));
});
server.after(({ folder }) => rm(folder, { recursive: true }));

const KINDS = ['rust', 'python'] as const;

server('a restored snapshot takes back writes, ids and slots', async () => {
  for (const kind of KINDS) {
    const ask = await fresh({ kind });
    await ask('POST', 'buckets/b/events', [E(0, 1)]);
    const backup = ask.aw.snapshot();
    const before = ask.aw.dump();
    await ask('POST', 'buckets/b/events', [E(1, 1), { id: 1, ...E(5, 5) }]);
    await ask('POST', 'buckets/c', BUCKET);
    ask.aw.restore(backup);
    assert.equal(ask.aw.dump(), before);
    await ask('POST', 'buckets/b/events', [E(2, 1)]);
    assert.equal(ids(await ask('GET', 'buckets/b/events')), [2, 1]);
    ask.aw.restore(backup);
    assert.equal(ask.aw.dump(), before, 'once more: the snapshot itself has not changed');
  }
});

server('whatever is posted, replaced and deleted, a list is what sorting everything would give', async () => {
  const event = fc.tuple(fc.nat(8), fc.nat(3), fc.option(fc.integer({ min: 1, max: 20 })));
  const operation = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({ op: fc.constant('post' as const), events: fc.array(event, { maxLength: 9 }) }),
    },
    fc.record({ op: fc.constant('delete' as const), id: fc.integer({ min: 1, max: 20 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 12 }), fc.nat(9), fc.nat(9), async (operations, start, end) => {
      const ask = await fresh({ kind: 'rust' });
      const model = new Map<number, { start: number; end: number }>();
      for (const step of operations) {
        if (step.op === 'delete') {
          await ask('DELETE', `buckets/b/events/${step.id}`);
          model.delete(step.id);
          continue;
        }
        const body = step.events.map(([at, length, id]) => ({ id, ...E(at, length) }));
        const given = ids(await ask('POST', 'buckets/b/events', body));
        for (const [i, id] of given.entries()) {
          const [start, length] = step.events[i]!;
          model.set(id, { start, end: start + length });
        }
      }
      const want = [...model]
        .filter(([, span]) => span.end >= start && span.start <= end && start <= end)
        .sort(([a, x], [b, y]) => y.start - x.start || x.end - y.end || a - b)
        .map(([, span]) => `${Math.max(span.start, start)}+${Math.min(span.end, end) - Math.max(span.start, start)}`);
      const range = `start=${E(start, 0).timestamp}&end=${E(end, 0).timestamp}`;
      assert.equal(spans(await ask('GET', `buckets/b/events?${range}`)), want);
    }),
    { numRuns: 60 },
  );
});

server('half a million events are paged, counted and added to', async () => {
  const total = 545_000;
  for (const kind of KINDS) {
    const aw = makeFakeAw({ kind });
    seedWindowEvents(aw, { bucket: 'big', events: total });
    const ask = asker(aw);
    assert.is((await ask('GET', 'buckets/big/events/count')).json, total);
    let end = '';
    for (let page = 0; page < 10; page++) {
      const { json } = await ask('GET', `buckets/big/events?limit=5000${end}`);
      end = `&end=${encodeURIComponent(json.at(-1).timestamp)}`;
    }
    const old = Date.now() - total * 5000;
    for (let batch = 0; batch < 5; batch++) {
      const scattered = (i: number) => new Date(old + ((i * 999_983) % (total * 5000))).toISOString();
      const events = Array.from({ length: 5000 }, (_, i) => ({ timestamp: scattered(i), duration: 1, data: {} }));
      assert.is((await ask('POST', 'buckets/big/events', events)).status, 200);
    }
    assert.is((await ask('GET', 'buckets/big/events/count')).json, total + 25_000);
  }
});

server('listens, checks the host, and keeps dot segments', async () => {
  const aw = makeFakeAw({ kind: 'rust' });
  const listening = await listenFakeAw(aw);
  assert.is((await (await fetch(`${listening.url}/api/0/info`)).json()).hostname, 'fake-host');
  const made = await fetch(`${listening.url}/api/0/buckets/b`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(BUCKET),
  });
  assert.equal([made.status, made.headers.get('content-length'), made.headers.get('content-type')], [200, '0', null]);
  const head = await fetch(`${listening.url}/api/0/buckets/b`, { method: 'HEAD' });
  assert.equal([head.status, await head.text()], [200, '']);
  assert.is(aw.requests.length, 3);
  await listening.close();
  const gone = await fetch(listening.url).catch((error: Error) => error);
  assert.instance(gone, Error);
});

type Started = { child: ChildProcess; url: string };

async function start(...options: string[]): Promise<Started> {
  const entry = fileURLToPath(new URL('process.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', entry, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout! })) return { child, url: JSON.parse(line).url };
  throw new Error('the process ended before it listened');
}

async function stop({ child }: Started): Promise<number | null> {
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  return code;
}

server('as a process seeds, ends on SIGTERM, and finds its database again', async ({ folder }) => {
  const options = [
    '--kind',
    'rust',
    '--hostname',
    'proc',
    '--seed-events',
    '3',
    '--seed-bucket',
    'w',
    '--file',
    join(folder, 'aw.json'),
  ];
  const first = await start(...options);
  const { device_id } = await (await fetch(`${first.url}/api/0/info`)).json();
  const headers = { 'content-type': 'application/json' };
  await fetch(`${first.url}/api/0/buckets/w/events`, {
    method: 'POST',
    headers,
    body: JSON.stringify([E(0, 8.2, { é: null })]),
  });
  const before = await (await fetch(`${first.url}/api/0/export`)).json();
  assert.is(before.buckets.w.events.length, 4);
  assert.is(await stop(first), 0);
  const second = await start(...options);
  assert.equal(await (await fetch(`${second.url}/api/0/export`)).json(), before);
  assert.is((await (await fetch(`${second.url}/api/0/info`)).json()).device_id, device_id);
  assert.is(await stop(second), 0);
});

server.run();
