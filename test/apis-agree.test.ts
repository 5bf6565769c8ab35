/**
 * After any sequence of calls, each to an API drawn at random, REST and GraphQL show the
 * same, and it is what a plain model of aw-server holds.
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openTestServer, type TestServer, type TestUser } from './support/test-server.ts';

const apis = suite<{ server: TestServer }>('both APIs');
apis.before(async (scene) => {
  scene.server = await openTestServer();
});

type Data = Record<string, unknown>;
/** Times and durations in whole seconds. */
type ModelEvent = { id: number; at: number; duration: number; data: Data };
type ModelBucket = {
  type: string;
  client: string;
  hostname: string;
  data: Data;
  events: ModelEvent[];
  slot: number | null;
};
type Model = { buckets: Map<string, ModelBucket>; settings: Map<string, unknown> };

type Api = 'rest' | 'graphql';
type NewEvent = Omit<ModelEvent, 'id'>;
type Command =
  | { do: 'create'; bucket: string; type: string; data: Data }
  | { do: 'drop'; bucket: string }
  | { do: 'insert'; bucket: string; events: NewEvent[] }
  | { do: 'replace'; bucket: string; pick: number; event: NewEvent }
  | { do: 'delete'; bucket: string; pick: number }
  | { do: 'beat'; bucket: string; event: NewEvent; pulsetime: number }
  | { do: 'set'; key: string; value: unknown }
  | { do: 'unset'; key: string };

const bucket = fc.constantFrom('a', 'b', 'ü/?');
const data = fc.constantFrom<Data>(
  {},
  { app: 'vim' },
  { app: 'web', n: [1, 2] },
  { app: 'web', n: [2, 1] },
  { 'z\u0000': '\ud83d' },
);
const event = fc.record({ at: fc.integer({ min: -5, max: 40 }), duration: fc.integer({ min: -2, max: 9 }), data });
const key = fc.constantFrom('k', 'with space/and %', '\u0000');
const pick = fc.nat(20);
/** An id that no event has. */
const NO_ID = 1_000_000_000;
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('create' as const), bucket, type: fc.constantFrom('t', 'u'), data }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('drop' as const), bucket }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('insert' as const), bucket, events: fc.array(event, { maxLength: 4 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('replace' as const), bucket, pick, event }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), bucket, pick }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('beat' as const), bucket, event, pulsetime: fc.constantFrom(-1, 0, 2, 10) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('set' as const),
      key,
      value: fc.constantFrom<unknown>(null, false, 0, '', [], { a: 1 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unset' as const), key }) },
);

const time = (seconds: number): string =>
  new Date(Date.UTC(2024, 0, 1) + seconds * 1000).toISOString().replace('.000Z', 'Z');
const toWire = ({ at, duration, data: inside }: NewEvent) => ({ timestamp: time(at), duration, data: inside });

/** Aw-server's listing order: newest start, then the earlier end, then the lower id. */
const inOrder = (events: readonly ModelEvent[]): ModelEvent[] =>
  [...events].sort((a, b) => b.at - a.at || a.duration - b.duration || a.id - b.id);
/** Data of the pool are equal when they print equal. */
const same = (a: Data, b: Data): boolean => JSON.stringify(a) === JSON.stringify(b);

/** What a heartbeat is compared with, and whether it merges: spec/rest 4, in whole seconds. */
const merges = (held: ModelBucket, beat: NewEvent, pulsetime: number): ModelEvent | null => {
  const last = held.events.find((one) => one.id === held.slot) ?? inOrder(held.events)[0];
  if (!last || !same(last.data, beat.data) || beat.at < last.at || beat.at > last.at + last.duration + pulsetime)
    return null;
  return Math.max(last.at + last.duration, beat.at + beat.duration) >= last.at ? last : null;
};

/** Makes a call to one of the APIs. Gives what it answered, or null where it said that there is no such thing. */
const through = async (
  user: TestUser,
  api: Api,
  [method, path, body]: [string, string, unknown?],
  mutation: string,
  input: object,
): Promise<any> => {
  if (api === 'rest') {
    const response = await user.fetch(`/api/0${path}`, {
      method,
      ...(method === 'POST' ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}),
    });
    if (response.status === 404) return null;
    assert.ok(response.status < 400, `${method} ${path}: ${response.status}`);
    const text = await response.text();
    return text === '' ? {} : JSON.parse(text);
  }
  const [name] = /^\w+/.exec(mutation)!;
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
  try {
    return (
      await user.graphql<Record<string, any>>(
        `mutation ($input: ${type}!) { ${mutation.replace(/^\w+/, '$&(input: $input)')} }`,
        { input },
      )
    )[name];
  } catch (error) {
    assert.is((error as { code?: string }).code, 'NOT_FOUND', String(error));
    return null;
  }
};

/** Makes the call, and does to the model what it should have done to the server. */
const run = async (user: TestUser, model: Model, api: Api, step: Command): Promise<void> => {
  if (step.do === 'set' || step.do === 'unset') {
    const path = `/settings/${encodeURIComponent(step.key)}`;
    if (step.do === 'set') {
      await through(user, api, ['POST', path, step.value], 'setSetting { setting { key } }', {
        key: step.key,
        value: step.value,
      });
      model.settings.set(step.key, step.value);
    } else {
      await through(user, api, ['DELETE', path], 'deleteSetting { wasDeleted }', { key: step.key });
      model.settings.delete(step.key);
    }
    return;
  }
  const { bucket: id } = step;
  const path = `/buckets/${encodeURIComponent(id)}`;
  const held = model.buckets.get(id);
  const idOf = (of: number): number =>
    held && held.events.length > 0 ? held.events[of % held.events.length]!.id : NO_ID;
  const answered = (answer: unknown): void =>
    assert.is(answer !== null, held !== undefined, `${api} ${JSON.stringify(step)}`);
  switch (step.do) {
    case 'create': {
      const facts = { type: step.type, client: 'c', hostname: 'h', data: step.data };
      if (api === 'rest') {
        const response = await user.fetch(`/api/0${path}`, {
          method: 'POST',
          body: JSON.stringify(facts),
          headers: { 'content-type': 'application/json' },
        });
        assert.is(response.status, held ? 304 : 200);
      } else {
        const answer = await through(user, api, ['', ''], 'createBucket { wasCreated bucket { id } }', {
          bucketId: id,
          ...facts,
        });
        assert.equal(answer, { wasCreated: !held, bucket: { id } });
      }
      if (!held) model.buckets.set(id, { ...facts, events: [], slot: null });
      return;
    }
    case 'drop':
      answered(await through(user, api, ['DELETE', path], 'deleteBucket { id }', { id }));
      model.buckets.delete(id);
      return;
    case 'insert': {
      const answer = await through(
        user,
        api,
        ['POST', `${path}/events`, step.events.map(toWire)],
        'insertEvents { events { id } }',
        { publicBucketId: id, events: step.events.map(toWire) },
      );
      answered(answer);
      if (!held) return;
      const ids: number[] = (api === 'rest' ? answer : answer.events).map((one: { id: unknown }) => Number(one.id));
      assert.is(ids.length, step.events.length);
      held.events.push(...step.events.map((one, i) => ({ ...one, id: ids[i]! })));
      if (ids.length > 0) held.slot = null;
      return;
    }
    case 'replace': {
      const target = idOf(step.pick);
      const known = held?.events.find((one) => one.id === target);
      const write = { ...toWire(step.event), id: api === 'rest' ? target : String(target) };
      const answer = await through(user, api, ['POST', `${path}/events`, [write]], 'insertEvents { events { id } }', {
        publicBucketId: id,
        events: [write],
      });
      answered(answer);
      if (!held) return;
      const stored = Number((api === 'rest' ? answer : answer.events)[0].id);
      assert.is(stored === target, known !== undefined, 'an id is kept only where the bucket has it');
      held.events = [...held.events.filter((one) => one.id !== stored), { ...step.event, id: stored }];
      held.slot = null;
      return;
    }
    case 'delete': {
      const target = idOf(step.pick);
      answered(
        await through(user, api, ['DELETE', `${path}/events/${target}`], 'deleteEvent { wasDeleted }', {
          publicBucketId: id,
          id: String(target),
        }),
      );
      if (held) held.events = held.events.filter((one) => one.id !== target);
      return;
    }
    case 'beat': {
      const { pulsetime } = step;
      const answer = await through(
        user,
        api,
        ['POST', `${path}/heartbeat?pulsetime=${pulsetime}`, toWire(step.event)],
        'heartbeat { event { id duration } }',
        { publicBucketId: id, event: toWire(step.event), pulsetime },
      );
      answered(answer);
      if (!held) return;
      const stored = api === 'rest' ? answer : answer.event;
      const last = merges(held, step.event, pulsetime);
      if (last) {
        last.duration = Math.max(last.at + last.duration, step.event.at + step.event.duration) - last.at;
        assert.is(Number(stored.id), last.id, 'it merged');
      } else {
        assert.not(
          held.events.some((one) => one.id === Number(stored.id)),
          'it is an event of its own',
        );
        held.events.push({ ...step.event, id: Number(stored.id) });
      }
      held.slot = Number(stored.id);
      assert.is(stored.duration, (last ?? step.event).duration);
    }
  }
};

/** Everything there is, in one form for all three. */
type Shown = { buckets: Record<string, object>; settings: Record<string, unknown> };

const modelShows = ({ buckets, settings }: Model): Shown => ({
  buckets: Object.fromEntries(
    [...buckets].map(([id, { events, slot: _, ...facts }]) => {
      const starts = events.map((one) => one.at);
      const ends = events.map((one) => one.at + one.duration);
      const bounds = events.length === 0 ? [null, null] : [time(Math.min(...starts)), time(Math.max(...ends))];
      return [
        id,
        {
          ...facts,
          bounds,
          count: events.length,
          events: inOrder(events).map((one) => ({ id: one.id, ...toWire(one) })),
        },
      ];
    }),
  ),
  settings: Object.fromEntries(settings),
});

const restShows = async (user: TestUser): Promise<Shown> => {
  const get = async (path: string): Promise<any> => (await user.fetch(`/api/0${path}`)).json();
  const shown: Shown = { buckets: {}, settings: await get('/settings') };
  for (const [id, { type, client, hostname, data: inside, metadata }] of Object.entries<any>(await get('/buckets/'))) {
    const path = `/buckets/${encodeURIComponent(id)}/events`;
    shown.buckets[id] = {
      type,
      client,
      hostname,
      data: inside,
      bounds: [metadata.start, metadata.end],
      count: await get(`${path}/count`),
      events: await get(path),
    };
  }
  return shown;
};

const graphqlShows = async (user: TestUser): Promise<Shown> => {
  const { buckets, settings } = await user.graphql<any>(`{
    buckets { id type client hostname data firstEventAt lastEventAt eventCount
      events(first: 5000) { edges { node { id timestamp duration data } } } }
    settings { key value }
  }`);
  const list = buckets.map(({ id, firstEventAt, lastEventAt, eventCount, events, ...facts }: any) => [
    id,
    {
      ...facts,
      bounds: [firstEventAt, lastEventAt],
      count: eventCount,
      events: events.edges.map(({ node }: any) => ({ ...node, id: Number(node.id) })),
    },
  ]);
  return {
    buckets: Object.fromEntries(list),
    settings: Object.fromEntries(settings.map(({ key: name, value }: any) => [name, value])),
  };
};

apis('show the same, and what a plain model holds', async ({ server }) => {
  const steps = fc.array(fc.tuple(fc.constantFrom<Api>('rest', 'graphql'), command), { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const user = await server.newUser();
      const model: Model = { buckets: new Map(), settings: new Map() };
      for (const [api, step] of [['rest', { do: 'create', bucket: 'a', type: 't', data: {} }] as const, ...sequence])
        await run(user, model, api, step);
      const expected = modelShows(model);
      assert.equal(await restShows(user), expected);
      assert.equal(await graphqlShows(user), expected);
    }),
    { numRuns: 40 },
  );
});

apis.run();
