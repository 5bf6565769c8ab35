import { gzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  at,
  bucketWith,
  columnsOfSent,
  failing,
  newDevice,
  push,
  PUSH,
  register,
  sent,
  wireBucket,
  type TestDevice,
} from '../../test/support/pushing.ts';
import { openTestServer, type TestServer, type TestUser } from '../../test/support/test-server.ts';
import { inTheNameOf } from '../auth/viewer.ts';
import { makePush } from '../resolvers/push.ts';
import { driverOf } from '../storage/database.ts';

const pushing = suite<{ server: TestServer; user: TestUser; device: TestDevice }>('pushEvents');
pushing.before(async (scene) => {
  scene.server = await openTestServer();
});
pushing.before.each(async (scene) => {
  scene.user = await scene.server.newUser();
  scene.device = await newDevice(scene.user);
});

type Stored = { id: string; timestamp: string; duration: number; data: any };
const stored = async (user: TestUser, bucket = 'window'): Promise<Stored[]> =>
  (
    await user.graphql<any>(
      'query ($id: ID!) { bucket(id: $id) { events { edges { node { id timestamp duration data } } } } }',
      { id: bucket },
    )
  ).bucket?.events.edges.map((edge: any) => edge.node);
const revisionOf = async (user: TestUser): Promise<string> =>
  (await user.graphql<any>('{ viewer { revision } }')).viewer.revision;

pushing('counts what is new, changed, and as it was', async ({ user, device }) => {
  const [first] = await device.push(bucketWith([sent(1, 0, 5), sent(2, 10, 5)]));
  assert.equal(
    [first!.error, first!.epoch, first!.count, first!.inserted, first!.updated, first!.unchanged],
    [null, 1, 2, 2, 0, 0],
  );
  const ids = (await stored(user)).map(({ id }) => id);
  const [second] = await device.push(bucketWith([sent(1, 0, 5), sent(2, 10, 9), sent(3, 20), sent(3, 20, 2)]));
  assert.equal([second!.unchanged, second!.updated, second!.inserted, second!.rejections], [1, 1, 2, []]);
  assert.is(second!.count, 3);
  const events = await stored(user);
  assert.equal(
    events.map(({ duration }) => duration),
    [2, 9, 5],
    'of equal source ids the last counts',
  );
  assert.equal(
    events.slice(1).map(({ id }) => id),
    ids,
    'a row that grew keeps its id',
  );
});

pushing('again writes nothing: no row version, no revision', async ({ server, user, device }) => {
  const events = Array.from({ length: 50 }, (_, i) =>
    sent(i, i * 2, 1.5, { title: `\u0000 ${i % 7} \ud800 😀`, n: 1.0 }),
  );
  await device.push(bucketWith(events, { pushCursor: { head: at(98) }, created: at(0) }));
  const versions = () =>
    driverOf(
      server.database,
    ).rows(`select e.xmin::text as event, b.xmin::text as bucket, u.xmin::text as account, e.id::text from events e
      join buckets b on b.account = e.account and b.number = e.bucket
      join users u on u.account = e.account where e.account = ${user.account} order by e.id`);
  const before = [await versions(), await revisionOf(user)];
  const [again] = await device.push(bucketWith(events, { pushCursor: { head: at(98) }, created: at(0) }));
  assert.equal([again!.inserted, again!.updated, again!.unchanged, again!.count], [0, 0, 50, 50]);
  assert.equal([await versions(), await revisionOf(user)], before);
});

type Odd = Partial<Record<'sourceId' | 'start' | 'duration' | 'data', unknown>>;
/** Columns of two good events, with odd ones between them. */
const around = (odd: readonly Odd[]) => {
  const good = columnsOfSent([sent(1, 0), sent(2, 1)]);
  const column = <T>(known: readonly T[], name: keyof Odd) => [
    known[0],
    ...odd.map((one) => (name in one ? one[name] : known[0])),
    known[1],
  ];
  return {
    sourceIds: column(good.sourceIds, 'sourceId'),
    starts: column(good.starts, 'start'),
    durations: column(good.durations, 'duration'),
    dataIndex: [0, ...odd.map((one, i) => ('data' in one ? i + 1 : 0)), 0],
    data: [good.data[0], ...odd.map(({ data }) => data ?? {})],
  };
};

pushing('stores what it can of a batch with bad events, and says what is wrong with each', async ({ user, device }) => {
  const nested = JSON.parse(`${'{"a":'.repeat(200)}1${'}'.repeat(200)}`) as unknown;
  const bad: readonly [odd: Odd, reason: RegExp][] = [
    [{ sourceId: 10, start: '9223372036854776' }, /starts outside/],
    [{ sourceId: 11, start: '-99999999999999999999' }, /starts outside/],
    [{ sourceId: 12, duration: '9223372036854775807' }, /ends outside/],
    [{ sourceId: 13, duration: '99999999999999999999' }, /ends outside/],
    [{ sourceId: 14, data: [1] }, /object/],
    [{ sourceId: 15, data: nested }, /nested/],
    [{ sourceId: '9007199254740993' }, /sourceId/],
    [{ sourceId: '-9223372036854775808' }, /sourceId/],
  ];
  const [result] = await device.push(bucketWith(around(bad.map(([odd]) => odd))));
  assert.equal([result!.inserted, result!.updated, result!.unchanged, result!.count], [2, 0, 0, 2]);
  assert.equal(
    result!.rejections.map(({ sourceId }) => sourceId),
    bad.map(([{ sourceId }]) => String(sourceId)),
  );
  for (const [i, { reason }] of result!.rejections.entries()) assert.match(reason, bad[i]![1]);
  assert.is((await stored(user)).length, 2);
});

const { data: fine, ...numbers } = columnsOfSent([sent(1, 0), sent(2, 1)]);
const ODD_COLUMNS: readonly [columns: object, place: RegExp][] = [
  [{ starts: 7 }, /buckets\[1\].events.starts.*a list/],
  [{ starts: '[1,2]' }, /buckets\[1\].events.starts.*a list/],
  [{ sourceIds: [1] }, /buckets\[1\].events.sourceIds has 1 values, and starts 2/],
  [{ durations: [1, 2, 3] }, /buckets\[1\].events.durations has 3 values/],
  [{ dataIndex: [] }, /buckets\[1\].events.dataIndex has 0/],
  [{ dataIndex: [0, 1] }, /buckets\[1\].events.dataIndex\[1\] is 1, and data has 1/],
  [{ dataIndex: [-1, 0] }, /buckets\[1\].events.dataIndex\[0\] is -1/],
  [{ dataIndex: ['0', 0] }, /buckets\[1\].events.dataIndex\[0\] is 0/],
  [{ data: [] }, /buckets\[1\].events.dataIndex\[0\] is 0, and data has 0/],
  ...[1.5, 2 ** 53, '', '1.5', '1e3', '9'.repeat(21), null, [1], true].map((odd): [object, RegExp] => [
    { durations: [0, odd] },
    /buckets\[1\].events.durations.*\[1\]: a column has whole numbers/,
  ]),
];

pushing('refuses columns that do not fit, as a whole, and names the place', async ({ user, device }) => {
  for (const [columns, place] of ODD_COLUMNS) {
    const odd = bucketWith({ ...numbers, data: fine, ...columns }, { bucketId: 'odd' });
    const error = await failing('MALFORMED', device.push(bucketWith([sent(1, 0)]), odd));
    assert.match(error.message, place, JSON.stringify(columns));
  }
  assert.equal((await user.graphql<any>('{ buckets { id } }')).buckets, [], 'nothing of it was stored');
  const [result] = await device.push(bucketWith({ ...numbers, sourceIds: ['1', '2'], data: fine }));
  assert.equal([result!.inserted, result!.rejections], [2, []], 'text is a number too');
});

pushing(
  'is unsupported in the form of earlier clients, which told no version, and not halved for it',
  async ({ user, device }) => {
    const earlier = PUSH.replace('rejections { sourceId reason }', 'rejected { sourceId reason }');
    const events = [{ sourceId: '1', timestamp: at(0), duration: 1, data: {} }];
    const buckets = [{ ...bucketWith([]), events }];
    await failing('UNSUPPORTED', user.graphql(earlier, { input: { deviceId: device.id, pass: 1, buckets } }));
    const pulled = '{ changes { changedBuckets { instants { at gone events { timestamp duration data } } } } }';
    await failing('UNSUPPORTED', user.graphql(pulled));
  },
);

pushing('counts data that events share for each that stores them', async ({ user, device }) => {
  const data = { title: 'x'.repeat(900_000) };
  const many = { ...columnsOfSent([]), data: [data] };
  const rows = (count: number) => ({
    ...many,
    sourceIds: Array.from({ length: count }, (_, i) => i),
    starts: Array.from({ length: count }, (_, i) => i),
    durations: Array.from({ length: count }, () => 0),
    dataIndex: Array.from({ length: count }, () => 0),
  });
  const error = await failing('TOO_LARGE', device.push(bucketWith(rows(36))));
  assert.match(error.message, /at most 32000000 bytes of data once stored/);
  assert.is((await device.push(bucketWith(rows(2))))[0]!.inserted, 2);
  assert.equal(
    (await stored(user)).map(({ data: one }) => one.title.length),
    [900_000, 900_000],
  );
});

pushing(
  'goes on with the other buckets when one is refused, and stores nothing of that one',
  async ({ user, device }) => {
    const copies = [
      { bucketId: 'window-synced-from-desk' },
      { bucketId: 'c1', client: 'kt-client:0b9d6d0e-3c5e-4d43-93b6-5d2f8b0d8f0a' },
      { bucketId: 'c2', data: { '$kt.origin': { device: 'x' } } },
      { bucketId: 'c3', data: { '$aw.sync.origin': 'desk' } },
    ];
    const results = await device.push(
      bucketWith([sent(1, 0)], { bucketId: 'first' }),
      ...copies.map((copy) => bucketWith([sent(1, 0)], copy)),
      bucketWith([sent(1, 0)], { bucketId: '' }),
      bucketWith([sent(1, 0)], { bucketId: 'x\u0000' }),
      bucketWith([sent(1, 0)], { bucketId: 'last' }),
    );
    assert.equal(
      results.map(({ error }) => error?.code ?? null),
      [null, 'CONFLICT', 'CONFLICT', 'CONFLICT', 'CONFLICT', 'INVALID', 'INVALID', null],
    );
    for (const result of results.slice(1, 5)) assert.match(result.error!.message, /copy/);
    for (const result of results.slice(1, 7)) assert.equal([result.rejections, result.inserted], [[], 0]);
    assert.equal((await user.graphql<any>('{ buckets { id eventCount } }')).buckets, [
      { id: 'first', eventCount: 1 },
      { id: 'last', eventCount: 1 },
    ]);
  },
);

/** Makes PostgreSQL raise an error with this SQLSTATE whenever a bucket of this id is created. */
const breakBucket = (server: TestServer, bucketId: string, state: string): Promise<void> =>
  driverOf(server.database).script(`create or replace function break_bucket() returns trigger language plpgsql as $$
    begin if new.bucket_id = '${bucketId}' then raise exception 'a secret of the server' using errcode = '${state}';
      end if; return new; end $$;
    create or replace trigger break_bucket before insert on buckets for each row execute function break_bucket()`);

pushing(
  'goes on with the other buckets when one fails for a reason that nobody foresaw, and the log hears of it once',
  async ({ server, user, device }) => {
    const faults: unknown[] = [];
    const { resolvers } = server;
    const viewer = inTheNameOf(user);
    const odd = makePush({ ...server.deps, onFault: (error) => faults.push(error) });
    await breakBucket(server, device.id, 'XX000');
    const bucket = (id: string) => ({
      bucket: { id, type: 't', client: 'c', hostname: 'h', data: {} },
      created: null,
      epoch: 1,
      events: [{ sourceId: 1, startUs: 0n, durationNs: 0n, data: {} }],
      deletes: [],
      cursor: null,
    });
    const { buckets } = await odd.push(viewer, {
      deviceId: device.id,
      pass: 1,
      buckets: [bucket('first'), bucket(device.id), bucket('last')],
    });
    assert.equal(
      buckets.map(({ bucketId, error, inserted }) => [bucketId, error?.code ?? null, inserted]),
      [
        ['first', null, 1],
        [device.id, 'internal', 0],
        ['last', null, 1],
      ],
    );
    assert.not.match(buckets[1]!.error!.message, /secret/);
    assert.is(faults.length, 1);
    assert.match(String(faults[0]), /secret/);
    assert.equal(
      (await resolvers.buckets.list(viewer)).map(({ id }) => id),
      ['first', 'last'],
    );
    const [told] = await device.push(bucketWith([sent(1, 0)], { bucketId: device.id }));
    assert.is(told!.error!.code, 'INTERNAL');
  },
);

pushing('ends with the first bucket that the database does not take at all', async ({ server, user, device }) => {
  await breakBucket(server, device.id, '57P01');
  const error = await failing(
    'UNAVAILABLE',
    device.push(
      bucketWith([sent(1, 0)], { bucketId: 'first' }),
      bucketWith([sent(1, 0)], { bucketId: device.id }),
      bucketWith([sent(1, 0)]),
    ),
  );
  assert.is(error.status, 503);
  assert.equal((await user.graphql<any>('{ buckets { id } }')).buckets, [{ id: 'first' }]);
});

pushing('refuses a bucket that says nonsense of when it was created, and that one alone', async ({ user, device }) => {
  const odd = ['now', '2024-05-31T09:00:00', '9999-01-01T00:00:00Z', ''];
  const results = await device.push(
    ...odd.map((created, i) => bucketWith([sent(1, 0)], { bucketId: `odd${i}`, created })),
    bucketWith([sent(1, 0)], { created: at(0) }),
  );
  assert.equal(
    results.map(({ error }) => error?.code ?? null),
    [...odd.map(() => 'MALFORMED'), null],
  );
  assert.equal((await user.graphql<any>('{ buckets { id created } }')).buckets, [{ id: 'window', created: at(0) }]);
});

pushing(
  'is refused as a whole to a pass that is not the device’s latest, and to a device nobody registered',
  async ({ user, device }) => {
    await failing('DEVICE_IN_USE', push(user, device.id, 2, [bucketWith([sent(1, 0)])]));
    await register(user, { deviceId: device.id, hostname: 'laptop', pass: 2, nonce: 'b' });
    assert.is((await failing('DEVICE_IN_USE', device.push(bucketWith([sent(1, 0)])))).status, 200);
    await failing('NOT_FOUND', push(user, 'nobody', 1, [bucketWith([sent(1, 0)])]));
    assert.is(await stored(user), undefined);
  },
);

pushing('is refused in any epoch but the bucket’s own and the next', async ({ user, device }) => {
  for (const epoch of [0, 2, -1])
    assert.is((await device.push(bucketWith([sent(1, 0)], { epoch })))[0]!.error?.code, 'CONFLICT');
  assert.is(await stored(user), undefined, 'nothing is left of a bucket that was refused');
  await device.push(bucketWith([sent(1, 0)]));
  for (const epoch of [0, 3])
    assert.is((await device.push(bucketWith([sent(2, 0)], { epoch })))[0]!.error?.code, 'CONFLICT');
  assert.is((await stored(user)).length, 1);
});

pushing(
  'in the next epoch keeps every row: equal ones are adopted without a change, the others belong to nobody',
  async ({ user, device }) => {
    await device.push(bucketWith([sent(1, 0, 5), sent(2, 0, 3), sent(3, 10)], { pushCursor: { head: at(10) } }));
    const before = { rows: await stored(user), revision: await revisionOf(user) };
    const [next] = await device.push(bucketWith([sent(1, 0, 3), sent(7, 0, 5)], { epoch: 2 }));
    assert.equal([next!.epoch, next!.count, next!.unchanged, next!.pushCursor], [2, 2, 2, null]);
    assert.equal({ rows: await stored(user), revision: await revisionOf(user) }, before);
    const [grown] = await device.push(bucketWith([sent(7, 0, 8)], { epoch: 2 }));
    assert.equal([grown!.updated, grown!.count], [1, 2]);
    assert.equal(
      (await stored(user)).map(({ id, duration }) => [id, duration]).sort(),
      [
        [before.rows[0]!.id, 1],
        [before.rows[1]!.id, 3],
        [before.rows[2]!.id, 8],
      ].sort(),
    );
  },
);

pushing('takes 5,000 events a call and no more, over all its buckets', async ({ user, device }) => {
  const many = (count: number, bucketId: string) =>
    bucketWith(
      Array.from({ length: count }, (_, i) => sent(i, i)),
      { bucketId },
    );
  const error = await failing('TOO_LARGE', device.push(many(2500, 'a'), many(2501, 'b')));
  assert.is(error.status, 413);
  assert.equal((await user.graphql<any>('{ buckets { id } }')).buckets, []);
  assert.equal(
    (await device.push(many(2500, 'a'), many(2500, 'b'))).map(({ inserted }) => inserted),
    [2500, 2500],
  );
});

pushing('comes gzipped as well', async ({ user, device }) => {
  const body = JSON.stringify({
    query: PUSH,
    variables: { input: { deviceId: device.id, pass: 1, buckets: [wireBucket(bucketWith([sent(1, 0)]))] } },
  });
  for (const encoding of ['gzip', 'x-gzip', ' GZIP ']) {
    const response = await user.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': encoding },
      body: gzipSync(body),
    });
    assert.is(((await response.json()) as any).data.pushEvents.results[0].count, 1);
  }
});

pushing('refuses a bucket whose data is no object, and that one alone', async ({ device }) => {
  const results = await device.push(
    bucketWith([sent(1, 0)], { bucketId: 'odd', data: ['not', 'an object'] }),
    bucketWith([sent(1, 0)]),
  );
  assert.equal(
    results.map(({ bucketId, error, inserted }) => [bucketId, error?.code ?? null, inserted]),
    [
      ['odd', 'INVALID', 0],
      ['window', null, 1],
    ],
  );
});

pushing('keeps the cursor it is given, but never a head past the server’s clock', async ({ user, device }) => {
  const soon = new Date(Date.now() + 30 * 86_400_000).toISOString();
  const [first] = await device.push(
    bucketWith([], { pushCursor: { head: '2024-05-31T09:00:00.123999Z', foot: '2024-05-31T08:00:00.000001Z' } }),
  );
  assert.equal(
    first!.pushCursor,
    { head: '2024-05-31T09:00:00.123Z', foot: '2024-05-31T08:00:00.001Z' },
    'the head in whole ms down, the foot up',
  );
  assert.equal((await device.push(bucketWith([sent(1, 0)])))[0]!.pushCursor, first!.pushCursor, 'without one it stays');
  const [future] = await device.push(
    bucketWith([{ ...sent(2, 0), timestamp: soon }], { pushCursor: { ...first!.pushCursor, head: soon } }),
  );
  assert.ok(future!.pushCursor!.head < soon && future!.pushCursor!.head > at(0));
  assert.is((await stored(user))[0]!.timestamp, soon, 'the event itself is stored');
});

pushing(
  'lets a head that lies in the future follow the passes’ begin, and only with a tail that brings something',
  async ({ user, device }) => {
    const soon = new Date(Date.now() + 30 * 86_400_000).toISOString();
    let pass = 1;
    let begun = '';
    const headAfter = async (
      bucketId: string,
      ids: readonly number[],
      foot: string | null,
      again = false,
    ): Promise<string> => {
      if (!again)
        begun = (await register(user, { deviceId: device.id, hostname: 'laptop', pass: ++pass, nonce: String(pass) }))
          .device.lastSyncAt!;
      await new Promise((resolve) => setTimeout(resolve, 5));
      const events = ids.map((id) => ({ ...sent(id, 0), timestamp: soon }));
      const [result] = (
        await push(user, device.id, pass, [bucketWith(events, { bucketId, pushCursor: { head: soon, foot } })])
      ).results;
      assert.is(result!.pushCursor!.foot, foot);
      return result!.pushCursor!.head;
    };
    const head = await headAfter('window', [1], null);
    assert.is(Date.parse(head), Date.parse(begun), 'however much later it arrives');
    assert.is(await headAfter('window', [1], null), head, 'nothing new');
    // As times: one of a whole second has no fraction, and as text comes after those of the same second.
    assert.ok(Date.parse(await headAfter('window', [1, 2], null)) > Date.parse(head), 'something new');
    assert.is(Date.parse(await headAfter('window', [3], null, true)), Date.parse(begun), 'of the same pass');

    const walked = await headAfter('walked', [1], at(200));
    assert.is(
      await headAfter('walked', [2], at(100)),
      walked,
      'further down the walk: what was recorded meanwhile is above its first page',
    );
    assert.is(await headAfter('walked', [3], null), walked, 'at its end');
  },
);

pushing('keeps events exactly: microseconds, nanosecond durations, hostile titles', async ({ user, device }) => {
  const titles = [
    '\u0000',
    '\ud83d',
    '\udc4b\ud83d',
    '\u0010' + '0041',
    '😀',
    '\u202e rtl',
    'x'.repeat(10_000),
    '\\u0000',
  ];
  const events = titles.map((title, i) => ({
    ...sent(i, i),
    timestamp: at(i).replace('Z', '.1234567+00:00'),
    duration: 0.123456789,
    data: { [title]: title, n: [1e-300, -0.5, 2 ** 53] },
  }));
  await device.push(bucketWith(events));
  const found = (await stored(user)).reverse();
  assert.equal(
    found.map(({ data }) => data),
    events.map(({ data }) => data),
  );
  assert.equal(
    found.map(({ timestamp, duration }) => [timestamp, duration]),
    titles.map((_, i) => [at(i).replace('Z', '.123456Z'), 0.123456789]),
  );
});

pushing('gives the bucket the facts the device tells now', async ({ user, device }) => {
  await device.push(bucketWith([]));
  await device.push(bucketWith([], { type: 'new', client: 'c2', hostname: 'h2', data: { a: 1 } }));
  assert.equal((await user.graphql<any>('{ buckets { id type client hostname data } }')).buckets, [
    { id: 'window', type: 'new', client: 'c2', hostname: 'h2', data: { a: 1 } },
  ]);
});

pushing.run();
