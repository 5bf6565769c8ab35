/**
 * Data of large size: what is refused, and that everything stored can be read in every way there is (spec/rest DEV-25).
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EVENT_BYTES, isJsonObject } from '../domain/data.ts';
import { storedBytes } from '../domain/stored-size.ts';
import type { InstantColumns } from '../domain/sync/columns.ts';
import { run } from '../server/storage/database.ts';
import { bucketWith, INSTANTS, newDevice, sent, shownInstants } from './support/pushing.ts';
import { openTestServer, type TestServer, type TestUser } from './support/test-server.ts';

type Scene = { server: TestServer; user: TestUser };
const large = suite<Scene>('large data');
large.before(async (scene) => {
  scene.server = await openTestServer();
});
large.before.each(async (scene) => {
  scene.user = await scene.server.newUser();
});

const T = (ms: number) => new Date(1.7e12 + ms).toISOString();
/** Data of this many bytes as stored, from a fifteenth of that: numbers that are printed as 309 digits. */
const swelling = (bytes: number, more: object = {}) => ({
  ...more,
  a: new Array<number>(Math.floor(bytes / 311)).fill(1e308),
});
const event = (ms: number, data: object) => ({ timestamp: T(ms), duration: 1, data });
const B = { type: 't', client: 'c', hostname: 'h' };
const post = (user: TestUser, path: string, body: unknown): Promise<Response> =>
  user.fetch(`/api/0${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const created = async (user: TestUser): Promise<void> => assert.is((await post(user, '/buckets/b', B)).status, 200);

large('are refused by each way in, and the others of their batch are kept', async ({ user }) => {
  await created(user);
  const bad = event(1, swelling(EVENT_BYTES + 1000));
  const good = event(2, { app: 'vim' });
  for (const [path, body] of [
    ['/buckets/b/events', [good, bad]],
    ['/buckets/b/events', bad],
    ['/buckets/b/heartbeat?pulsetime=5', bad],
    ['/buckets/c', { ...B, events: [good, bad] }],
    ['/settings/k', bad],
  ] as const) {
    const response = await post(user, path, body);
    assert.is(response.status, 413, path);
    assert.match(((await response.json()) as { message: string }).message, /1000000 bytes once stored/, path);
  }
  assert.is(await (await user.fetch('/api/0/buckets/b/events/count')).text(), '0');
  assert.is((await user.fetch('/api/0/buckets/c')).status, 404);

  const refusal = await user
    .graphql('mutation ($input: InsertEventsInput!) { insertEvents(input: $input) { events { id } } }', {
      input: { publicBucketId: 'b', events: [good, bad] },
    })
    .catch((error: Error & { code?: string }) => error.code);
  assert.is(refusal, 'TOO_LARGE');

  const device = await newDevice(user);
  const [result] = await device.push(bucketWith([sent(1, 1, 1, bad.data), sent(2, 2)]));
  assert.equal([result!.error, result!.inserted, result!.rejections.map(({ sourceId }) => sourceId)], [null, 1, ['1']]);
  assert.match(result!.rejections[0]!.reason, /1000000 bytes once stored/);
});

large('of a bucket are refused, for lists hold all of them', async ({ user }) => {
  const response = await post(user, '/buckets/b', { ...B, data: { a: 'x'.repeat(20_000) } });
  assert.is(response.status, 400);
  assert.match(((await response.json()) as { message: string }).message, /16000 bytes/);
});

large('come out by every way, a page at a time, as they went in', async ({ user }) => {
  await created(user);
  const COUNT = 40;
  const data = (i: number) => swelling(900_000, { i });
  for (let i = 0; i < COUNT; i += 10) {
    const response = await post(
      user,
      '/buckets/b/events',
      Array.from({ length: 10 }, (_, k) => event((i + k) * 1000, data(i + k))),
    );
    assert.is(response.status, 200, await response.clone().text());
  }
  const all = Array.from({ length: COUNT }, (_, i) => i);
  const numbers = (events: readonly { data: unknown }[]) =>
    events.map(({ data: one }) => (isJsonObject(one) ? one['i'] : null));

  const list = await user.fetch('/api/0/buckets/b/events');
  assert.is(list.headers.get('content-length'), null, 'it is written while it is read');
  const listed = (await list.json()) as { data: { a: number[] } }[];
  assert.equal(numbers(listed), [...all].reverse());
  assert.equal(listed[0]!.data, data(COUNT - 1));
  assert.equal(
    numbers((await (await user.fetch('/api/0/buckets/b/events?limit=7')).json()) as never),
    all.slice(-7).reverse(),
  );
  const file = (await (await user.fetch('/api/0/export')).json()) as { buckets: { b: { events: never[] } } };
  assert.equal(numbers(file.buckets.b.events), [...all].reverse());
  const asked = await post(user, '/query/', {
    timeperiods: [`${T(0)}/${T(1e9)}`],
    query: ['RETURN = query_bucket("b");'],
  });
  assert.equal(numbers(((await asked.json()) as never[][])[0]!), [...all].reverse());

  const seen: unknown[] = [];
  for (let after: string | null = null, more = true; more; ) {
    const query = `query ($after: String) { bucket(id: "b") {
      events(first: 100, after: $after) { edges { node { data } } pageInfo { hasNextPage endCursor } } } }`;
    type Page = {
      bucket: {
        events: { edges: { node: { data: unknown } }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
      };
    };
    const { bucket }: Page = await user.graphql<Page>(query, { after });
    assert.ok(bucket.events.edges.length < COUNT, 'a page is not all');
    seen.push(...numbers(bucket.events.edges.map(({ node }) => node)));
    ({ hasNextPage: more, endCursor: after } = bucket.events.pageInfo);
  }
  assert.equal(seen, [...all].reverse());

  const changed: unknown[] = [];
  let pages = 0;
  for (let cursor: { after: string; rest: string | null } | null = { after: '0', rest: null }; cursor; pages++) {
    const query =
      'query ($after: BigInt, $rest: String) { changes(after: $after, rest: $rest) ' +
      `{ revision more rest changedBuckets { instants ${INSTANTS} } } }`;
    type Page = {
      changes: {
        revision: string;
        more: boolean;
        rest: string | null;
        changedBuckets: { instants: InstantColumns }[];
      };
    };
    const { changes }: Page = await user.graphql<Page>(query, cursor);
    changed.push(
      ...changes.changedBuckets.flatMap(({ instants }) =>
        shownInstants(instants).flatMap(({ events }) => numbers(events)),
      ),
    );
    cursor = changes.more ? { after: changes.revision, rest: changes.rest } : null;
  }
  assert.equal(changed, all);
  assert.ok(pages >= 4, String(pages));

  const refusal = await user
    .graphql(
      `{ bucket(id: "b") { ${all.map((i) => `e${i}: events(first: 1) { edges { node { data } } }`).join(' ')} } }`,
    )
    .catch((error: Error & { code?: string }) => error.code);
  assert.is(refusal, 'TOO_LARGE', 'many lists are no way around the size of an answer');
});

large('of one day are told in pages, and never in part to whom asks for all', async ({ user }) => {
  const device = await newDevice(user);
  for (let i = 0; i < 12; i += 4)
    await device.push(bucketWith([0, 1, 2, 3].map((k) => sent(i + k, i + k, 1, swelling(900_000, { i: i + k })))));
  const instants = async (rest: string) =>
    shownInstants(
      (
        await user.graphql<{ bucket: { instants: InstantColumns } }>(
          `{ bucket(id: "window") { instants(day: "2024-05-31"${rest}) ${INSTANTS} } }`,
        )
      ).bucket.instants,
    );
  assert.is(await instants('').catch((error: Error & { code?: string }) => error.code), 'TOO_LARGE');
  const seen: number[] = [];
  for (
    let page = await instants(', first: 100');
    page.length > 0;
    page = await instants(`, first: 100, after: "${page.at(-1)!.at}"`)
  ) {
    assert.ok(page.length < 12);
    seen.push(...page.flatMap(({ events }) => events.map(({ data }) => (data as { i: number }).i)));
  }
  assert.equal(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  const sources = async (rest: string) =>
    (
      await user.graphql<{ bucket: { sources: { sourceId: string }[] } }>(
        `{ bucket(id: "window") { sources(day: "2024-05-31"${rest}) { sourceId } } }`,
      )
    ).bucket.sources.map(({ sourceId }) => Number(sourceId));
  assert.equal(await sources(''), seen);
  assert.equal(await sources(', first: 5, after: "4"'), [5, 6, 7, 8, 9]);
});

large('have a size that storage and we agree on', async ({ server, user }) => {
  await created(user);
  const hostile = fc
    .array(
      fc.constantFrom(
        '\u0000',
        '\u0010',
        '\u001f',
        '\b',
        '\ud83d',
        '\ude00',
        '😀',
        'é',
        '日',
        '"',
        '\\',
        '\u007f',
        'a',
      ),
      { maxLength: 6 },
    )
    .map((parts) => parts.join(''));
  const number = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.constantFrom(5e-324, 1e21, 1e-7, -0, 123_456_789_012_345_680_000),
  );
  const json = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      hostile,
      number,
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(hostile, tie('any'), { maxKeys: 3 }),
    ),
  })).any;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.dictionary(hostile, json, { maxKeys: 3 }), { minLength: 1, maxLength: 20 }),
      async (datas) => {
        const given = datas.map((data) => JSON.parse(JSON.stringify(data)) as object);
        const response = await post(
          user,
          '/buckets/b/events',
          given.map((data, i) => event(i, data)),
        );
        const ids = ((await response.json()) as { id: number }[]).map(({ id }) => id);
        const rows = await run(
          server.database,
          (tx) => tx.$queryRaw<{ id: bigint; data_bytes: number; written: number }[]>`
        select id, data_bytes, octet_length(data::text) as written
        from events join event_values using (account, value)
        where account = ${user.account}::int and id = any(${ids}::bigint[]) order by id`,
        );
        assert.equal(
          rows.map((row) => row.data_bytes),
          rows.map((row) => row.written),
        );
        assert.equal(
          rows.map((row) => row.data_bytes),
          given.map((data) => storedBytes(data)),
        );
      },
    ),
    { numRuns: 30 },
  );
});

large('and many events have no room in one millisecond, and leave the others in peace', async ({ user }) => {
  await created(user);
  const at = (count: number, ms: number) => Array.from({ length: count }, (_, i) => event(ms, { i }));
  assert.is((await post(user, '/buckets/b/events', at(20_000, 7))).status, 200);
  for (const [path, body] of [
    ['/buckets/b/events', at(1, 7)],
    ['/buckets/b/heartbeat?pulsetime=0', { ...event(7, { other: 1 }), duration: 0 }],
  ] as const) {
    const response = await post(user, path, body);
    assert.is(response.status, 413, path);
    assert.match(
      ((await response.json()) as { message: string }).message,
      /20000 events.*same millisecond, 2023-11-14T22:13:20.007Z/,
    );
  }
  assert.is((await post(user, '/buckets/b/events', at(1, 8))).status, 200);

  const device = await newDevice(user);
  const became = async (events: ReturnType<typeof sent>[]) => {
    const { inserted, updated, unchanged, rejections } = (await device.push(bucketWith(events)))[0]!;
    return [inserted, updated, unchanged, rejections.map(({ sourceId }) => sourceId)];
  };
  for (let from = 0; from < 20_000; from += 5000) {
    const some = Array.from({ length: 5000 }, (_, i) => sent(from + i, 0, 1, { i: from + i }));
    assert.equal(await became(some), [5000, 0, 0, []]);
  }
  const after = await became([sent(1, 0, 2, { i: 1 }), sent(2, 0, 1, { i: 2 }), sent(20_000, 0), sent(20_001, 1)]);
  assert.equal(after, [1, 1, 1, ['20000']]);
});

large.run();
