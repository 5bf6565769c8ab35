/** Hostile programs, sent to the server: each ends in a clear error, and heartbeats don't wait for it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DEFAULT_LIMITS, type QueryLimits } from '../../domain/query/limits.ts';
import { makeQueryPool, type QueryPool } from '../../server/query/pool.ts';
import { openTestServer, type TestUser } from '../support/test-server.ts';
import { fillAccount } from './account.ts';
import { DAY } from './ask.ts';
import { hostileBuckets, hostilePrograms } from './hostile-programs.ts';

const HEADERS = { 'content-type': 'application/json' };

const hostile = suite<{ pools: Map<string, Promise<{ pool: QueryPool; user: TestUser }>> }>(
  'hostile programs on the server',
);
hostile.before((scene) => {
  scene.pools = new Map();
});
hostile.after(async ({ pools }) => {
  for (const made of pools.values()) await (await made).pool.close();
});

/** A server whose queries have these limits, and its user. */
const openWith = async (limits: Partial<QueryLimits>): Promise<{ pool: QueryPool; user: TestUser }> => {
  const pool = makeQueryPool({
    query: { ...DEFAULT_LIMITS, milliseconds: 1_000, ...limits },
    megabytes: 512,
    threads: 1,
    spareThreads: 0,
  });
  const server = await openTestServer(undefined, pool.runQuery);
  const user = await server.newUser();
  await fillAccount(server.resolvers, user, hostileBuckets);
  await user.fetch('/api/0/buckets/beats', {
    method: 'POST',
    headers: HEADERS,
    body: JSON.stringify({ client: 'c', type: 't', hostname: 'h' }),
  });
  await ask(user, 'RETURN = 1;'); // starts the thread
  return { pool, user };
};

const ask = (user: TestUser, program: string) =>
  user.fetch('/api/0/query/', {
    method: 'POST',
    headers: HEADERS,
    body: JSON.stringify({ query: [program], timeperiods: [DAY] }),
  });

const beat = async (user: TestUser, seconds: number): Promise<void> => {
  const timestamp = new Date(Date.UTC(2024, 0, 1) + seconds * 1000).toISOString();
  const init = {
    method: 'POST',
    headers: HEADERS,
    body: JSON.stringify({ timestamp, duration: 0, data: { at: 'work' } }),
  };
  assert.is((await user.fetch('/api/0/buckets/beats/heartbeat?pulsetime=60', init)).status, 200);
};

hostile('are twenty at least, some of which only the clock ends', () => {
  assert.ok(hostilePrograms.length >= 20);
  assert.ok(hostilePrograms.filter(({ endless }) => endless).length >= 3);
});

const BEATS = 5;

/** What a program is answered with, and how many of the heartbeats that are sent with it are answered before it. */
const trial = async (user: TestUser, program: string) => {
  let answered = false;
  const asked = ask(user, program).then(async (response) => {
    answered = true;
    return { status: response.status, body: (await response.json()) as { type: string; message: string } };
  });
  let before = 0;
  for (let i = 0; i < BEATS; i++) {
    await beat(user, i);
    if (!answered) before++;
  }
  return { ...(await asked), before };
};

for (const { name, program, error, endless, limits = {} } of hostilePrograms) {
  hostile(`${name}: a clear error, and heartbeats meanwhile`, async ({ pools }) => {
    const key = JSON.stringify(limits);
    const { user } = await (pools.get(key) ?? pools.set(key, openWith(limits)).get(key)!);
    let tried = await trial(user, program);
    // A machine may stand still for the second that the program has, but not each time.
    for (let more = 2; endless && tried.before < BEATS && more > 0; more--) tried = await trial(user, program);
    const { status, body, before } = tried;
    if (endless) assert.is(before, BEATS, 'heartbeats that are answered before the query is');
    assert.is(status, 400, JSON.stringify(body));
    // A busy machine may reach the limit of a second before another.
    assert.ok(error.test(`${body.type}: ${body.message}`) || /took longer than 1 s/.test(body.message), body.message);
    assert.ok(body.message.length < 300, 'short');
  });
}

hostile('a million periods: refused before they are read', async ({ pools }) => {
  const { user } = await (pools.get('{}') ?? openWith({}));
  const body = JSON.stringify({ query: ['RETURN = 1;'], timeperiods: new Array<string>(1e6).fill(DAY) });
  const response = await user.fetch('/api/0/query/', { method: 'POST', headers: HEADERS, body });
  assert.is(response.status, 413);
  assert.match(((await response.json()) as { message: string }).message, /at most \d+ bytes/);
  const fewer = JSON.stringify({ query: ['RETURN = 1;'], timeperiods: new Array<string>(100_000).fill(DAY) });
  const told = await user.fetch('/api/0/query/', { method: 'POST', headers: HEADERS, body: fewer });
  assert.is(told.status, 400);
  assert.match(
    ((await told.json()) as { message: string }).message,
    '100000 time periods; at most 1000 may be asked for at once',
  );
});

hostile.run();
