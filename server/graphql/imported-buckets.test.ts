/** Where an import puts a bucket (spec/rest DEV-21), and which device takes over what imports made (spec/sync 7.2). */
import { suite, type Test } from 'uvu';
import * as assert from 'uvu/assert';
import { markKey, markOf } from '../../domain/sync/history.ts';
import {
  at,
  bucketWith,
  newDevice,
  register,
  sent,
  type SentEvent,
  type TestDevice,
} from '../../test/support/pushing.ts';
import { openTestServer, type TestServer, type TestUser } from '../../test/support/test-server.ts';
import { driverOf } from '../storage/database.ts';

type Scene = { server: TestServer; user: TestUser; device: TestDevice };
const set = (scenes: Test<Scene>): void => {
  scenes.before(async (scene) => {
    scene.server = await openTestServer();
  });
  scenes.before.each(async (scene) => {
    scene.user = await scene.server.newUser();
    scene.device = await newDevice(scene.user);
  });
};

/** Events of one history: two hours of them, named after it. */
const history = (name: string, count = 30): SentEvent[] =>
  Array.from({ length: count }, (_, i) => sent(i + 1, i * 240, 60, { app: name, i }));
const wire = ({ sourceId: _, ...event }: SentEvent) => event;
const file = (id: string, events: readonly SentEvent[], more: object = {}) => ({
  buckets: {
    [id]: {
      id,
      type: 'currentwindow',
      client: 'aw-watcher-window',
      hostname: 'unknown',
      created: at(0),
      ...more,
      events: events.map(wire),
    },
  },
});
type Told = { imported: number; present: number; note?: string };
const post = async (user: TestUser, path: string, body: unknown, headers = {}): Promise<any> => {
  const response = await user.fetch(`/api/0/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  assert.is(response.status, 200, await response.clone().text());
  return response.json();
};
const imported = async (user: TestUser, content: { buckets: object }, headers = {}): Promise<Told> =>
  Object.values((await post(user, 'import', content, headers)).buckets as Record<string, Told>)[0]!;

/** `<public id>: <hostname of its device>/<id there>, <events> events`, in order of creation. */
const placed = async (user: TestUser): Promise<string[]> => {
  const { buckets } = await user.graphql<any>('{ buckets { id bucketId eventCount device { hostname } } }');
  return buckets.map((one: any) => `${one.id}: ${one.device.hostname}/${one.bucketId}, ${one.eventCount} events`);
};
/** A bucket's rows as `source id: start+duration`, `-` for a row without an owner. */
const rowsOf = async ({ server, user }: Scene): Promise<string[]> =>
  (
    await driverOf(server.database).rows<{ row: string }>(`
      select coalesce(source_id::text, '-') || ': ' || (extract(epoch from timestamp - timestamptz '${at(0)}'))::int ||
        '+' || duration_ns / 1000000000 as row
      from events where account = ${user.account} order by 1`)
  ).map(({ row }) => row);

const puts = suite<Scene>('an import puts a bucket');
set(puts);

puts('where an export of this account says, also when that was taken over meanwhile', async ({ user, device }) => {
  const events = history('a');
  await device.push(bucketWith(events, { hostname: 'unknown' }));
  const exported = (await (await user.fetch('/api/0/export')).json()) as { buckets: object };
  await user.fetch('/api/0/buckets/window', { method: 'DELETE' });
  await imported(user, exported);
  assert.equal(await placed(user), ['window: laptop/window, 30 events']);
});
puts(
  'elsewhere, where the exported bucket was given another id since, or its device is not of this account',
  async ({ server, user, device }) => {
    await device.push(bucketWith(history('a')));
    const { buckets } = (await (await user.fetch('/api/0/export')).json()) as { buckets: { window: { id: string } } };
    await imported(user, { buckets: { other: { ...buckets.window, id: 'other', hostname: 'elsewhere' } } });
    assert.equal(await placed(user), ['window: laptop/window, 30 events', 'other: kt.test/other, 30 events']);
    const stranger = await server.newUser();
    await imported(stranger, { buckets });
    assert.equal(await placed(stranger), ['window: kt.test/window, 30 events']);
  },
);
puts(
  'into the device whose bucket of that id has its events, by key, whatever the hostname says',
  async ({ user, device }) => {
    const other = await newDevice(user, 'desk');
    await device.push(bucketWith(history('a')));
    await other.push(bucketWith(history('b')));
    const grown = history('b').map((event) => ({ ...event, duration: 30 }));
    assert.equal(await imported(user, file('window', grown, { hostname: 'laptop' })), {
      imported: 0,
      present: 30,
      refused: [],
    } as never);
    assert.equal(await placed(user), ['window: laptop/window, 30 events', 'window-laptop: desk/window, 30 events']);
  },
);
puts('into the device whose bucket was pushed when it was short, and is all in the file', async ({ user, device }) => {
  await device.push(bucketWith(history('a', 3)));
  await imported(user, file('window', history('a', 60)));
  assert.equal(await placed(user), ['window: laptop/window, 60 events']);
});
for (const [has, of, goes] of [
  [9, 30, 'kt.test'],
  [10, 30, 'laptop'],
  [2, 4, 'laptop'],
  [1, 4, 'kt.test'],
  [1, 1, 'laptop'],
] as const) {
  puts(`by ${has} events that it has of the ${of} in the file: to ${goes}`, async ({ user, device }) => {
    const theirs = history('a', of);
    // The device's own events are more, so that the file does not hold a probe of it.
    const others = Array.from({ length: 60 }, (_, i) => sent(100 + i, -60 * 240 + i * 240, 1, { app: 'other', i }));
    const known = has === 9 || has === 10 ? theirs.slice(-has) : theirs.slice(0, has);
    await device.push(bucketWith([...known, ...others]));
    await imported(user, file('window', theirs));
    assert.equal(
      (await placed(user)).map((line) => line.split(': ')[1]!.split('/')[0]),
      goes === 'laptop' ? ['laptop'] : ['laptop', 'kt.test'],
    );
  });
}
puts('into the one device of its hostname, if no events decide, and the hostname is one', async ({ user }) => {
  await newDevice(user, 'unknown');
  await imported(user, file('window', history('a'), { hostname: 'laptop' }));
  await imported(user, file('afk', history('a'), { hostname: 'unknown' }));
  assert.equal(await placed(user), ['window: laptop/window, 30 events', 'afk: kt.test/afk, 30 events']);
  await imported(user, file('window', history('b'), { hostname: 'laptop' }));
  assert.is((await placed(user))[2], 'window: kt.test/window, 30 events', 'another history: another computer’s');
  await newDevice(user, 'laptop');
  await imported(user, file('web', history('a'), { hostname: 'laptop' }));
  assert.is((await placed(user))[3], 'web: kt.test/web, 30 events', 'two are called so');
});
puts(
  'of another history under an id that imports made into a bucket of its own, and the same one into the same',
  async ({ user }) => {
    for (const [name, created] of [
      ['a', 0],
      ['b', 1],
      ['a', 0],
      ['b', 1],
    ] as const)
      await imported(user, file('web', history(name), { created: at(created) }));
    assert.equal(await placed(user), ['web: kt.test/web, 30 events', 'web-unknown: kt.test/web-unknown, 30 events']);
    // One bucket, recognized by its time of creation: an export from after it was emptied.
    await imported(user, file('web', history('later'), { created: at(1) }));
    assert.equal(await placed(user), ['web: kt.test/web, 30 events', 'web-unknown: kt.test/web-unknown, 60 events']);
  },
);
puts('that is a copy where its marks point, as rows that nobody owns', async (scene) => {
  const { user, device } = scene;
  await device.push(bucketWith(history('a', 3)));
  for (const [id, data] of [
    ['window-synced-from-laptop', {}],
    ['named otherwise', { '$kt.origin': { device: device.id, bucket: 'window', server: 's' } }],
  ] as const) {
    const told = await imported(user, file(id, history('a', 4), { client: `kt-client:${device.id}`, data }));
    assert.is(told.note, undefined);
    assert.equal(await placed(user), ['window: laptop/window, 4 events']);
  }
  assert.is((await rowsOf(scene)).filter((row) => row.startsWith('-')).length, 1);
  await imported(user, file('afk-synced-from-laptop', history('a', 4), { client: `kt-client:${device.id}` }));
  const { buckets } = await user.graphql<any>('{ buckets { bucketId client data } }');
  assert.equal(
    buckets[1],
    { bucketId: 'afk', client: 'unknown', data: {} },
    'without the marks, so that other devices pull it',
  );
});
puts('that is a copy of nobody’s on the account’s own device, and says so', async ({ user }) => {
  const told = await imported(user, file('window-synced-from-phone', history('a', 4), { client: 'kt-client:who' }));
  assert.match(told.note!, /copy.*own device/);
  assert.equal(await placed(user), ['window-synced-from-phone: kt.test/window-synced-from-phone, 4 events']);
});
puts('where the request says, if its device has one of that id', async ({ user, device }) => {
  await device.push(bucketWith(history('a', 4)));
  await imported(user, file('window', history('b', 4)), { 'x-device-id': device.id });
  assert.equal(await placed(user), ['window: laptop/window, 8 events']);
});
puts('without events into the first bucket so called', async ({ user, device }) => {
  await device.push(bucketWith(history('a', 4)));
  await imported(user, file('window', []));
  await imported(user, file('afk', []));
  assert.equal(await placed(user), ['window: laptop/window, 4 events', 'afk: kt.test/afk, 0 events']);
});
puts(
  'that a device pushed beside what it has: each row stands for one event of its key that is not longer',
  async (scene) => {
    const { user, device } = scene;
    const a = { app: 'a' };
    await device.push(
      bucketWith([
        ...history('a', 12),
        sent(51, 9000, 10, a),
        sent(52, 9000, 4, a),
        sent(53, 9100, 5, { n: 1 }),
        sent(54, 9200, 5, { app: '\ud800' }),
        sent(55, 9300, 5, { app: '\\\ud800 half' }),
        sent(56, 9400, 5, a),
      ]),
    );
    const more = [
      sent(0, 9000, 9, a),
      sent(0, 9000, 5, a),
      sent(0, 9000, 1, a),
      sent(0, 9100.0004, 5, { n: 1.0 }),
      sent(0, 9100, 5, { n: 2 }),
      sent(0, 9200, 5, { app: '\ud800' }),
      sent(0, 9300, 4, { app: '\\\ufffd half' }),
      sent(0, 9400, 5, a),
      sent(0, 9400, 8, a),
    ];
    const told = await imported(user, file('window', [...history('a', 12), ...more]));
    assert.equal([told.imported, told.present], [3, 18], 'half a character is U+FFFD');
    const kept = async () => (await rowsOf(scene)).filter((row) => row.startsWith('-'));
    assert.equal(await kept(), ['-: 9000+5', '-: 9100+5', '-: 9400+8']);
    await device.push(bucketWith([sent(57, 9400, 8, a)]));
    assert.equal(await kept(), ['-: 9000+5', '-: 9100+5'], 'pushed later, it is the row that the file brought');
  },
);
puts(
  'whose newest event still grew: what it has more of it is one with it again, once the device pushed it as long',
  async (scene) => {
    const { user, device } = scene;
    const pushed = (seconds: number) =>
      device.push(
        bucketWith([...history('a', 12), sent(51, 9000, seconds), sent(52, 9000, 5), sent(53, 9100, seconds)]),
      );
    await pushed(10);
    await imported(user, file('window', [...history('a', 12), sent(0, 9000, 30), sent(0, 9000, 5), sent(0, 9100, 10)]));
    const kept = async () => (await rowsOf(scene)).filter((row) => row.startsWith('-'));
    assert.equal(await kept(), ['-: 9000+30']);
    assert.equal(
      (await pushed(29)).map(({ deleted }) => deleted),
      [0],
      'not yet as long',
    );
    await imported(user, file('window', [...history('a', 12), sent(0, 9100, 60)]));
    assert.equal(
      (await pushed(40)).map(({ deleted, count }) => [deleted, count]),
      [[1, 15]],
    );
    assert.equal(await kept(), ['-: 9100+60']);
    assert.equal(
      (await pushed(60)).map(({ deleted, count }) => [deleted, count]),
      [[1, 15]],
    );
    assert.equal(await kept(), []);
  },
);
puts.run();

const marked = suite<Scene>('a bucket that imports made');
set(marked);

/** What a registration returns about imports under these ids. */
const toldTo = async (
  user: TestUser,
  deviceId: string,
  ...bucketIds: string[]
): Promise<{ id: string; bucketId: string; type: string; newest: string[]; spread: string[] }[]> =>
  (
    await user.graphql<any>(
      'mutation ($input: RegisterDeviceInput!) { registerDevice(input: $input) ' +
        '{ imported { id bucketId type newest spread } } }',
      {
        input: { deviceId, hostname: 'laptop', bucketIds },
      },
    )
  ).registerDevice.imported;
const marksOf = (events: readonly SentEvent[]): string[] =>
  events.map(({ timestamp, data }) =>
    markKey(markOf({ startUs: BigInt(Date.parse(timestamp)) * 1000n, durationNs: 0n, data: data as never })),
  );
/** What a device with these events pushes. */
const claim = (bucket: string, events: readonly SentEvent[], held: readonly SentEvent[] = []) => {
  const newest = [...events].reverse().slice(0, 20);
  return { publicBucketId: bucket, newest: marksOf(newest), spread: marksOf(newest), held: marksOf(held.slice(0, 40)) };
};

marked('is told to a device that has one of its id, with a probe, and to no other', async ({ user, device }) => {
  await imported(user, file('window', history('a')));
  await imported(user, file('afk', history('a', 3)));
  assert.equal(await toldTo(user, device.id), []);
  assert.equal(await toldTo(user, device.id, 'web'), []);
  const [told, ...others] = await toldTo(user, device.id, 'window', 'web');
  assert.equal(others, []);
  assert.equal(
    [told!.id, told!.bucketId, told!.type, told!.newest.length, told!.spread.length],
    ['window', 'window', 'currentwindow', 20, 20],
  );
  assert.equal(told!.newest.sort(), marksOf(history('a').slice(10)).sort());
  const other = await newDevice(user, 'desk');
  await other.push(bucketWith([sent(1, 0)], { takeOver: claim('window', [sent(1, 0)]) }));
  assert.equal(await toldTo(user, other.id, 'window'), [], 'it has one of its own');
});

marked('refuses a first push that was planned before it came', async ({ user, device }) => {
  await imported(user, file('window', history('a')));
  const [refused] = await device.push(bucketWith(history('a')));
  assert.equal(refused!.error, {
    code: 'CONFLICT',
    message: 'bucket "window" was imported at this moment: sync again',
  });
  assert.equal(await placed(user), ['window: kt.test/window, 30 events']);
  const [other] = await device.push(bucketWith(history('a'), { type: 'another' }));
  assert.is(other!.error, null, 'a bucket of another type is not its history');
});

const EDITS: readonly (readonly [what: string, write: (user: TestUser, event: number) => Promise<unknown>])[] = [
  ['an insert', (user) => post(user, 'buckets/window/events', [wire(sent(0, 1))])],
  ['a heartbeat', (user) => post(user, 'buckets/window/heartbeat?pulsetime=5', wire(sent(0, 99_999)))],
  [
    'a heartbeat that changes nothing',
    (user) => post(user, 'buckets/window/heartbeat?pulsetime=1e9', wire(sent(0, 29 * 240, 0, { app: 'a', i: 29 }))),
  ],
  ['an edit', (user, id) => post(user, 'buckets/window/events', [{ id, ...wire(sent(0, 1)) }])],
  ['a deletion', (user, id) => user.fetch(`/api/0/buckets/window/events/${id}`, { method: 'DELETE' })],
  [
    'an insert by GraphQL',
    (user) =>
      user.graphql('mutation ($input: InsertEventsInput!) { insertEvents(input: $input) { events { id } } }', {
        input: { publicBucketId: 'window', events: [wire(sent(0, 1))] },
      }),
  ],
];
for (const [what, write] of EDITS) {
  marked(`is marked no more after ${what}`, async ({ user, device }) => {
    await imported(user, file('window', history('a')));
    const [first] = (await (await user.fetch('/api/0/buckets/window/events?limit=1')).json()) as { id: number }[];
    await write(user, first!.id);
    assert.equal(await toldTo(user, device.id, 'window'), []);
    const [result] = await device.push(
      bucketWith(history('a'), { takeOver: claim('window', history('a'), history('a')) }),
    );
    assert.equal([result!.error, result!.inserted], [null, 30], 'nor is it taken over by who was told before');
    assert.is((await placed(user)).length, 2);
  });
}
marked('stays marked after what changes nothing, and after another import of it', async ({ user, device }) => {
  await imported(user, file('window', history('a')));
  await imported(user, file('window', history('a', 40)));
  assert.is((await user.fetch('/api/0/buckets/window/events/999999999', { method: 'DELETE' })).status, 200);
  await user.fetch('/api/0/buckets/window', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client: 'c', type: 't', hostname: 'h' }),
  });
  assert.is((await toldTo(user, device.id, 'window')).length, 1);
});

marked(
  'becomes the bucket of the device whose history it is: rows adopted, public id kept, what it was told',
  async (scene) => {
    const { user, device } = scene;
    await imported(user, file('window', [...history('a'), sent(0, 99, 5, { app: 'only imported' })]));
    const claimed = claim('window', history('a'));
    const [result] = await device.push(bucketWith([...history('a'), sent(77, 9999)], { takeOver: claimed }));
    assert.equal([result!.error, result!.count, result!.inserted, result!.unchanged], [null, 31, 1, 30]);
    assert.equal(await placed(user), ['window: laptop/window, 32 events']);
    assert.equal(
      (await rowsOf(scene)).filter((row) => row.startsWith('-')),
      ['-: 99+5'],
    );
    const own = ((await (await user.fetch('/api/0/info')).json()) as { device_id: string }).device_id;
    const { buckets } = await user.graphql<any>('{ buckets { former { deviceId bucketId } } }');
    assert.equal(buckets, [{ former: { deviceId: own, bucketId: 'window' } }]);
    const { changes } = await user.graphql<any>(
      '{ changes { changedBuckets { bucket { former { deviceId bucketId } } } } }',
    );
    assert.equal(
      changes.changedBuckets.map((changed: any) => changed.bucket),
      buckets,
    );
    // The answer was lost: the same push again.
    const [again] = await device.push(bucketWith([...history('a'), sent(77, 9999)], { takeOver: claimed }));
    assert.equal([again!.error, again!.count, again!.unchanged], [null, 31, 31]);
  },
);
marked('is told as what it was no longer once another bucket has that place', async ({ user, device }) => {
  await imported(user, file('window', history('a')));
  await device.push(bucketWith(history('a'), { takeOver: claim('window', history('a')) }));
  const former = async () =>
    (await user.graphql<any>('{ buckets { former { bucketId } } }')).buckets.map(
      (one: any) => one.former?.bucketId ?? null,
    );
  await imported(user, file('window', history('b'), { created: at(5) }));
  assert.equal(await former(), ['window', null], 'an import makes none of that id');
  await user.graphql('mutation ($input: CreateBucketInput!) { createBucket(input: $input) { wasCreated } }', {
    input: { bucketId: 'window', type: 't', client: 'c', hostname: 'h' },
  });
  const held = (await user.graphql<any>('{ buckets { bucketId device { hostname } former { bucketId } } }')).buckets;
  const others = held.filter((one: any) => one.device.hostname === 'kt.test' && one.bucketId === 'window');
  assert.equal(held[0].former, others.length > 0 ? null : { bucketId: 'window' });
});

const REFUSED: readonly (readonly [what: string, more: () => Record<string, unknown>])[] = [
  ['another history', () => ({ takeOver: claim('window', history('b')), events: history('b') })],
  ['another type', () => ({ takeOver: claim('window', history('a'), history('a')), type: 'other' })],
  ['another id', () => ({ takeOver: claim('window', history('a'), history('a')), bucketId: 'afk' })],
  ['a bucket that is not there', () => ({ takeOver: claim('w\u0000', history('a'), history('a')) })],
];
for (const [what, more] of REFUSED) {
  marked(`is not taken over by a push of ${what}: the device gets a bucket of its own`, async ({ user, device }) => {
    await imported(user, file('window', history('a')));
    const [result] = await device.push(bucketWith(history('a'), more()));
    assert.equal([result!.error, result!.inserted], [null, 30]);
    assert.is((await placed(user))[0], 'window: kt.test/window, 30 events');
    assert.is((await placed(user)).length, 2);
  });
}
marked(
  'is taken over on the word of what the device holds of it, where the device has much more',
  async ({ user, device }) => {
    await imported(user, file('window', history('a', 10)));
    const all = [
      ...history('a', 10),
      ...Array.from({ length: 60 }, (_, i) => sent(100 + i, 50_000 + i * 60, 5, { since: i })),
    ];
    const [result] = await device.push(bucketWith(all, { takeOver: claim('window', all, history('a', 10)) }));
    assert.equal([result!.error, result!.unchanged, result!.inserted], [null, 10, 60]);
    assert.equal(await placed(user), ['window: laptop/window, 70 events']);
  },
);
marked('without events is taken over by whoever has its id and type', async ({ user, device }) => {
  await imported(user, file('window', []));
  const [result] = await device.push(bucketWith([], { takeOver: claim('window', []) }));
  assert.is(result!.error, null);
  assert.equal(await placed(user), ['window: laptop/window, 0 events']);
});
marked('is claimed with two probes’ worth of marks at most, which are marks', async ({ user, device }) => {
  await imported(user, file('window', history('a')));
  const many = marksOf(history('a', 81));
  for (const odd of [{ newest: many.slice(0, 21) }, { spread: many.slice(0, 21) }, { held: many }]) {
    const [result] = await device.push(
      bucketWith(history('a'), { takeOver: { ...claim('window', history('a')), ...odd } }),
    );
    assert.is(result!.error?.code, 'MALFORMED');
  }
  let code = '';
  try {
    await register(user, { deviceId: device.id, hostname: 'laptop' });
    await device.push(bucketWith(history('a'), { takeOver: { ...claim('window', []), held: ['1 2 3'] } }));
  } catch (error) {
    code = (error as { code?: string }).code ?? '';
  }
  assert.is(code, 'MALFORMED');
});
marked('of another account is nobody’s to take over', async ({ server, user, device }) => {
  const stranger = await server.newUser();
  await imported(stranger, file('window', history('a')));
  const [result] = await device.push(
    bucketWith(history('a'), { takeOver: claim('window', history('a'), history('a')) }),
  );
  assert.is(result!.inserted, 30);
  assert.equal(await placed(stranger), ['window: kt.test/window, 30 events']);
  assert.equal(await placed(user), ['window: laptop/window, 30 events']);
});
marked.run();
