/**
 * An account moves while many write to it, by two processes of its old cell and then by two of the new one: watchers,
 * imports by script, a device that pushes, edits. They do what real clients do: after 503 they come back, and where
 * they are told of another address they go there. Each keeps its own account of what was acknowledged.
 */
import { randomUUID } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { moveAccount, type Step } from '../../server/moving/move-account.ts';
import type { Database } from '../../server/storage/database.ts';
import { migrate } from '../../server/storage/migrate.ts';
import { openDatabase } from '../../server/storage/open.ts';
import { at, bucketWith, PUSH, sent, wireBucket } from '../support/pushing.ts';
import { newPostgresUrl, testEngine } from '../support/test-database.ts';
import { serverOn, type TestServer, type TestUser } from '../support/test-server.ts';
import { until } from '../support/until.ts';
import { rowsOf } from './both-sides.ts';

const OLD = 'https://cell1.example';
const NEW = 'https://cell2.example';
const JSON_TYPE = { 'content-type': 'application/json' };

type Cell = {
  readonly databases: readonly Database[];
  readonly servers: readonly TestServer[];
  readonly own: Database;
};
type Scene = { cells: Record<string, Cell>; opened: Database[] };

/** Two processes of a cell, as far as its database can tell, and what a command for it opens. */
const openCell = async (): Promise<Cell> => {
  const url = await newPostgresUrl();
  const own = await openDatabase(url);
  await migrate(own);
  const databases = [await openDatabase(url), await openDatabase(url)];
  return { own, databases, servers: databases.map((database) => serverOn(database)) };
};

const moves = suite<Scene>('an account that many write to while it is moved');
moves.before(async (scene) => {
  if (testEngine() === 'postgres') scene.cells = { [OLD]: await openCell(), [NEW]: await openCell() };
});
moves.after(async ({ cells = {} }) => {
  for (const { servers, databases, own } of Object.values(cells)) {
    for (const { deps } of servers) await deps.feed.close();
    for (const database of [...databases, own]) await database.close();
  }
});

type Reply = { readonly status: number; readonly json: any };

/** How a writer reaches its account: the address it has now, and what it was answered besides success. */
type Client = {
  readonly told: { at: string; later: number; moved: number };
  /** Asks until it is done. Fails at any answer but success, `moved`, and 503 that says when to come back. */
  ask(method: string, path: string, body?: unknown): Promise<any>;
  graphql(query: string, variables?: unknown): Promise<any>;
};

/** What an answer of GraphQL, whose status may be 200, says of the whole and of a push's only bucket. */
const errorIn = (json: any): { code: string; url?: string } | null =>
  json.errors?.[0]?.extensions ?? json.data?.pushEvents?.results?.[0]?.error ?? null;

/** `off`: gives up, whatever it waits for. */
const clientOf = ({ cells }: Scene, { key }: TestUser, process: number, off: AbortSignal): Client => {
  const told = { at: OLD, later: 0, moved: 0 };
  const once = async (method: string, path: string, body: unknown): Promise<Reply | null> => {
    const asked = told.at;
    const response = await cells[asked]!.servers[process]!.app.fetch(`${asked}${path}`, {
      method,
      headers: { ...JSON_TYPE, authorization: `Bearer ${key}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const { status, headers } = response;
    const json = await response.json();
    const error = path === '/graphql' ? errorIn(json) : null;
    if (status === 503) {
      told.later += 1;
      assert.ok(headers.get('retry-after'), `${method} ${path}: 503 without Retry-After`);
      await sleep(5 + Math.random() * 20);
      return null;
    }
    if (status === 308 || status === 410) {
      const to = status === 308 ? headers.get('location')! : `${error!.url}${path}`;
      assert.is(to, `${NEW}${path}`);
      assert.is(asked, OLD, 'it was sent on twice');
      told.at = NEW;
      told.moved += 1;
      return null;
    }
    assert.ok(status < 300 && error === null, `${method} ${path}: ${status} ${JSON.stringify(json).slice(0, 300)}`);
    return { status, json };
  };
  const ask = async (method: string, path: string, body?: unknown): Promise<any> => {
    for (;;) {
      off.throwIfAborted();
      const reply = await once(method, path, body);
      if (reply) return reply.json;
    }
  };
  return {
    told,
    ask,
    graphql: async (query, variables) => (await ask('POST', '/graphql', { query, variables })).data,
  };
};

/** An event as its bucket has it: second, seconds, data. */
type Row = readonly [start: number, duration: number, data: string];
const row = (start: number, duration: number, data: object): Row => [
  start,
  duration,
  JSON.stringify(data, Object.keys(data).sort()),
];

type Writer = {
  readonly client: Client;
  readonly bucket: string;
  /** Writes once more, for the n-th time from 0. */
  write(n: number): Promise<void>;
  /** All that was acknowledged. */
  readonly rows: Row[];
};

type MakeWriter = (client: Client, bucket: string) => Promise<Writer>;

const make = (client: Client, bucket: string): Promise<unknown> =>
  client.ask('POST', `/api/0/buckets/${bucket}`, { client: 'c', type: 't', hostname: 'h' });

/** A watcher: three heartbeats in a row are of one event. */
const watcher: MakeWriter = async (client, bucket) => {
  await make(client, bucket);
  const rows: Row[] = [];
  const write = async (n: number): Promise<void> => {
    const data = { window: Math.floor(n / 3) };
    const beat = { timestamp: at(n), duration: 0, data };
    await client.ask('POST', `/api/0/buckets/${bucket}/heartbeat?pulsetime=5`, beat);
    if (n % 3 === 0) rows.push(row(n, 0, data));
    else rows[rows.length - 1] = row(n - (n % 3), n % 3, data);
  };
  return { client, bucket, rows, write };
};

/** A script that stores a few events at a time. */
const inserter: MakeWriter = async (client, bucket) => {
  await make(client, bucket);
  const rows: Row[] = [];
  const write = async (n: number): Promise<void> => {
    const three = [0, 1, 2].map((i) => ({ timestamp: at(n * 3 + i), duration: 1, data: { n, i } }));
    await client.ask('POST', `/api/0/buckets/${bucket}/events`, three);
    rows.push(...three.map(({ data }, i) => row(n * 3 + i, 1, data)));
  };
  return { client, bucket, rows, write };
};

/** kt-client: each push has the last event of the one before it, grown, and two new ones. */
const pusher: MakeWriter = async (client, bucket) => {
  const deviceId = randomUUID();
  const registering = `mutation ($input: RegisterDeviceInput!) { registerDevice(input: $input) { accountId } }`;
  await client.graphql(registering, { input: { deviceId, hostname: bucket, pass: 1, nonce: 'first' } });
  const rows: Row[] = [];
  const write = async (n: number): Promise<void> => {
    const data = { app: `of push ${n % 5}` };
    const last = rows.length;
    const events = [
      ...(last > 0 ? [sent(last, (last - 1) * 3, 2, JSON.parse(rows[last - 1]![2]))] : []),
      sent(last + 1, last * 3, 1, data),
      sent(last + 2, (last + 1) * 3, 1, data),
    ];
    const bucketOfPush = wireBucket(bucketWith(events, { bucketId: bucket, hostname: bucket }));
    const { pushEvents } = await client.graphql(PUSH, { input: { deviceId, pass: 1, buckets: [bucketOfPush] } });
    assert.is(pushEvents.results[0].inserted, 2, 'what was not acknowledged was not stored');
    if (last > 0) rows[last - 1] = row((last - 1) * 3, 2, JSON.parse(rows[last - 1]![2]));
    rows.push(row(last * 3, 1, data), row((last + 1) * 3, 1, data));
  };
  return { client, bucket, rows, write };
};

/** Somebody who corrects: stores two events, changes one and deletes the other. */
const editor: MakeWriter = async (client, bucket) => {
  await make(client, bucket);
  const rows: Row[] = [];
  const insert = `mutation ($bucket: ID!, $events: [EventInput!]!) {
    insertEvents(input: { publicBucketId: $bucket, events: $events }) { events { id } } }`;
  const remove = `mutation ($bucket: ID!, $id: ID!) {
    deleteEvent(input: { publicBucketId: $bucket, id: $id }) { wasDeleted } }`;
  const write = async (n: number): Promise<void> => {
    const events = [0, 1].map((i) => ({ timestamp: at(n * 2 + i), duration: 1, data: { n, i } }));
    const { insertEvents } = await client.graphql(insert, { bucket, events });
    const [kept, gone] = insertEvents.events as { id: string }[];
    rows.push(row(n * 2, 1, { n, i: 0 }), row(n * 2 + 1, 1, { n, i: 1 }));
    const changed = { id: kept!.id, timestamp: at(n * 2), duration: 1, data: { n, changed: true } };
    await client.graphql(insert, { bucket, events: [changed] });
    rows[rows.length - 2] = row(n * 2, 1, changed.data);
    const { deleteEvent } = await client.graphql(remove, { bucket, id: gone!.id });
    assert.is(deleteEvent.wasDeleted, true, 'what was not acknowledged was not deleted');
    rows.pop();
  };
  return { client, bucket, rows, write };
};

/** Four of each of the first two, two of each of the others: half of each at one process, half at the other. */
const WRITERS: readonly MakeWriter[] = [
  ...[watcher, watcher, watcher, watcher, inserter, inserter, inserter, inserter],
  ...[pusher, pusher, editor, editor],
];

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs writers almost without a pause until told to stop; `end` fails as the first of them does. */
const running = (writers: readonly Writer[]) => {
  let stopped = false;
  const counts = writers.map(() => 0);
  const done = writers.map(async (writer, i) => {
    while (!stopped) {
      await writer.write(counts[i]!++);
      await sleep(10); // the quick leave the slow some room
    }
  });
  let failed: unknown;
  for (const one of done) one.catch((error: unknown) => (failed ??= error));
  /** Waits until something is so of all of them, or one has failed. */
  const all = (what: string, isSo: () => boolean): Promise<void> =>
    until(what, () => {
      if (failed !== undefined) throw failed;
      return isSo();
    });
  return {
    all,
    /** Each has written so many times more. */
    on: (times: number): Promise<void> => {
      const from = [...counts];
      return all('all write', () => counts.every((count, i) => count >= from[i]! + times));
    },
    end: async (): Promise<void> => {
      stopped = true;
      await Promise.all(done);
    },
  };
};

/** The code with which a subscription ends, over HTTP. */
const subscribed = async (server: TestServer, { key }: TestUser): Promise<Promise<string>> => {
  const response = await server.app.fetch(`${OLD}/graphql`, {
    method: 'POST',
    headers: { ...JSON_TYPE, accept: 'text/event-stream', authorization: `Bearer ${key}` },
    body: '{"query":"subscription { revision }"}',
  });
  assert.is(response.status, 200);
  const text = response.text();
  return text.then((all) => /"code":"(\w+)"/.exec(all)?.[1] ?? `no error: ${all.slice(-300)}`);
};

const heldBy = async ({ cells }: Scene, { key }: TestUser, bucket: string): Promise<Row[]> => {
  const headers = { authorization: `Bearer ${key}` };
  const path = `${NEW}/api/0/buckets/${bucket}/events?limit=-1`;
  const response = await cells[NEW]!.servers[0]!.app.fetch(path, { headers });
  assert.is(response.status, 200, bucket);
  const events = (await response.json()) as { timestamp: string; duration: number; data: object }[];
  const second = (time: string): number => (Date.parse(time) - Date.parse(at(0))) / 1_000;
  return events.map(({ timestamp, duration, data }) => row(second(timestamp), duration, data)).reverse();
};

/** `waits`: at each step, until everybody has met it; else the move goes as fast as it can. */
const moveWhileWritten = async (scene: Scene, waits: boolean, off: AbortSignal): Promise<void> => {
  const [here, there] = [scene.cells[OLD]!, scene.cells[NEW]!];
  const [anna, ben] = [await here.servers[0]!.newUser(), await here.servers[1]!.newUser()];
  const of = (user: TestUser, makers: readonly MakeWriter[]): Promise<Writer[]> =>
    Promise.all(makers.map((one, i) => one(clientOf(scene, user, i % 2, off), `of-${i}`)));
  const [writers, beside] = [await of(anna, WRITERS), await of(ben, [watcher, inserter])];
  const ended = here.servers.map((server) => subscribed(server, anna));
  const [annas, bens] = [running(writers), running(beside)];
  await annas.on(3);
  let left: Record<string, string[]> = {};
  const onStep = async (step: Step): Promise<void> => {
    if (step === 'handed over') left = await rowsOf(here.own, anna.userId);
    if (!waits) return;
    if (step === 'copying' || step === 'moved') return annas.on(3);
    const from = writers.map(({ client }) => client.told.later);
    await annas.all('they are told to come back', () => writers.every(({ client }, i) => client.told.later > from[i]!));
    await bens.on(1);
  };
  await moveAccount(here.own, there.own, { email: anna.email, url: NEW, onStep });
  await annas.on(3);
  await bens.on(1);
  await Promise.all([annas.end(), bens.end()]);

  for (const { client } of writers) assert.equal([client.told.at, client.told.moved], [NEW, 1]);
  for (const { client } of beside) assert.equal(client.told, { at: OLD, later: 0, moved: 0 }, 'another account');
  for (const { bucket, rows } of writers)
    assert.equal((await heldBy(scene, anna, bucket)).map(String), rows.map(String), bucket);
  const stayed = await rowsOf(here.own, anna.userId);
  // When keys were last used is noted by whoever is asked.
  for (const table of Object.keys(left).filter((name) => name !== 'api_keys'))
    assert.equal(stayed[table], left[table], `${table}: nothing was written where it had been`);
  // The mover tells both processes by NOTIFY: neither has looked by itself.
  assert.equal(await Promise.all(ended), ['MOVED', 'MOVED']);
};

for (const waits of [true, false]) {
  if (testEngine() !== 'postgres') continue; // the embedded engine belongs to one process
  const how = waits ? 'each of its steps met by all' : 'as fast as it can';
  moves(`loses and doubles nothing that was acknowledged: ${how}`, async (scene) => {
    const off = new AbortController();
    try {
      await moveWhileWritten(scene, waits, off.signal);
    } finally {
      off.abort(new Error('the test is over'));
    }
  });
}

moves.run();
