/**
 * While an account is moved: who takes its writes at each moment, whatever is killed, called off, or begun twice. Never
 * do both sides take them, and never nobody for ever.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isKtError } from '../../domain/errors.ts';
import { cancelMove, moveAccount, type Step } from '../../server/moving/move-account.ts';
import { driverOf, type Database } from '../../server/storage/database.ts';
import { migrate } from '../../server/storage/migrate.ts';
import { openDatabase } from '../../server/storage/open.ts';
import { openTarget } from '../attacks/credentials.ts';
import { operationsOn } from '../support/graphql-operations.ts';
import { bucketWith, sent, wireBucket } from '../support/pushing.ts';
import { newPostgresUrl, openTestDatabase, testEngine } from '../support/test-database.ts';
import { serverOn, type TestServer, type TestUser } from '../support/test-server.ts';
import { until } from '../support/until.ts';
import { rowsOf } from './both-sides.ts';

const url = 'https://cell2.example';
const JSON_TYPE = { 'content-type': 'application/json' };

type Scene = { source: Database; target: Database; here: TestServer; there: TestServer; urls: [string, string] };
const states = suite<Scene>('while an account is moved');
states.before(async (scene) => {
  if (testEngine() === 'postgres') {
    scene.urls = [await newPostgresUrl(), await newPostgresUrl()];
    [scene.source, scene.target] = [await openDatabase(scene.urls[0]), await openDatabase(scene.urls[1])];
  } else [scene.source, scene.target] = [await openTestDatabase(), await openTestDatabase()];
  for (const database of [scene.source, scene.target]) await migrate(database);
  [scene.here, scene.there] = [serverOn(scene.source), serverOn(scene.target)];
});
states.after(async ({ here, there, source, target }) => {
  for (const server of [here, there]) await server.deps.feed.close();
  for (const database of [source, target]) await database.close();
});

type Reply = { status: number; text: string; headers: Headers };
const ask = async (server: TestServer, key: string, method: string, path: string, body?: unknown): Promise<Reply> => {
  const headers = { ...JSON_TYPE, authorization: `Bearer ${key}` };
  const response = await server.app.fetch(`http://kt.test${path}`, {
    ...{ method, headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
};
const query = (server: TestServer, key: string, text: string): Promise<Reply> =>
  ask(server, key, 'POST', '/graphql', { query: text });

let written = 0;
/** Which side takes a write now, by its status: 201 does. */
const whoWrites = async ({ here, there }: Scene, { key }: TestUser): Promise<string> => {
  const path = `/api/0/settings/w${++written}`;
  const [ours, theirs] = [await ask(here, key, 'POST', path, 1), await ask(there, key, 'POST', path, 1)];
  assert.ok(ours.status !== 201 || theirs.status !== 201, 'both take writes');
  return `${ours.status} ${theirs.status}`;
};

const failed = async (work: Promise<unknown>): Promise<Error> => {
  const error = await work.then(
    () => null,
    (fault: Error) => fault,
  );
  assert.ok(error, 'it was done');
  return error!;
};

/** An account with some of each. */
const furnished = async ({ here }: Scene): Promise<TestUser> => {
  const user = await here.newUser();
  await ask(here, user.key, 'POST', '/api/0/buckets/window', { client: 'c', type: 't', hostname: 'h' });
  const events = Array.from({ length: 50 }, (_, i) => ({
    ...{ timestamp: new Date(Date.UTC(2024, 0, 1, 0, i)).toISOString(), duration: 1, data: { i: i % 7 } },
  }));
  assert.is((await ask(here, user.key, 'POST', '/api/0/buckets/window/events', events)).status, 200);
  return user;
};

/** What writes nothing that goes along: of sessions, which stay behind, of a bucket that is there, of no bucket. */
const OF_HERE = ['revokeSession', 'revokeAllSessions', 'createBucket', 'pushEvents'];

states('everything is read, nothing of it is written, and other accounts notice nothing', async (scene) => {
  const { here, source, target } = scene;
  const { user, names } = await openTarget(here);
  const other = await furnished(scene);
  const { key } = user;
  const wrong: string[] = [];
  let tried = 0;
  const expect = async (name: string, isWrite: boolean, reply: Promise<Reply>): Promise<void> => {
    const { status, text, headers } = await reply;
    const isRefused = status === 503 || text.includes('"UNAVAILABLE"');
    tried++;
    if (isRefused !== isWrite || (status === 503 && headers.get('retry-after') === null))
      wrong.push(`${name}: ${status} ${text.slice(0, 300)}`);
  };
  await moveAccount(source, target, {
    ...{ email: user.email, url },
    onStep: async (step) => {
      if (step !== 'leased') return;
      const before = await rowsOf(source, user.userId);
      for (const [field, operation] of Object.entries(operationsOn(names))) {
        if (operation.startsWith('subscription')) continue;
        const isWrite = operation.startsWith('mutation') && !OF_HERE.includes(field);
        // An account is deleted in a browser, and people are for who administers the server: refused before that.
        const { text } = await query(here, key, operation);
        const isForbidden = text.includes('"FORBIDDEN"');
        if (!isForbidden) await expect(field, isWrite, Promise.resolve({ status: 200, text, headers: new Headers() }));
      }
      const beat = { timestamp: new Date().toISOString(), duration: 0, data: {} };
      const of = `/api/0/buckets/${names.bucket}`;
      const pushed = wireBucket(bucketWith([sent(77, 0)]));
      const push = `mutation ($b: PushBucketInput!) {
        pushEvents(input: { deviceId: "${names.deviceId}", pass: 1, buckets: [$b] }) { results { error { code } } } }`;
      await expect('a push', true, ask(here, key, 'POST', '/graphql', { query: push, variables: { b: pushed } }));
      const writes: [string, string, unknown?][] = [
        ['POST', '/api/0/buckets/new', { client: 'c', type: 't', hostname: 'h' }],
        ['DELETE', of],
        ['POST', `${of}/events`, [beat]],
        ['DELETE', `${of}/events/${names.event}`],
        ['POST', `${of}/heartbeat?pulsetime=5`, beat],
        ['POST', '/api/0/settings/k', 1],
        ['DELETE', `/api/0/settings/${names.setting}`],
        ['POST', '/api/0/devices/register', { device_id: 'new', hostname: 'h' }],
      ];
      for (const [method, path, body] of writes)
        await expect(`${method} ${path}`, true, ask(here, key, method, path, body));
      for (const path of ['/api/0/buckets', `${of}/events`, '/api/0/export', '/api/0/settings', '/api/0/devices'])
        await expect(path, false, ask(here, key, 'GET', path));
      await failed(here.resolvers.accounts.createKey({ email: user.email, name: 'k' }));
      await failed(here.resolvers.accounts.revokeKey(names.apiKey));
      const together = [key, other.key, key, other.key].map((one) =>
        ask(here, one, 'POST', '/api/0/buckets/window/heartbeat?pulsetime=5', beat),
      );
      assert.equal(
        (await Promise.all(together)).map(({ status }) => status).sort(),
        [200, 200, 503, 503],
        'in one batch',
      );
      const after = await rowsOf(source, user.userId);
      const seen = (rows: string[]) => rows.map((row) => row.replace(/"last_used_(at|address)": ("[^"]*"|null)/g, ''));
      for (const table of Object.keys(before))
        if (table !== 'account_log') assert.equal(seen(after[table]!), seen(before[table]!), table);
    },
  });
  assert.equal(wrong, []);
  assert.ok(tried > 45, `${tried} tried`);
  assert.is(await whoWrites(scene, user), '308 201');
});

states('subscriptions end with it, where it was moved to', async (scene) => {
  const { here, source, target } = scene;
  const user = await furnished(scene);
  const revisions = here.deps.feed.watch(user.account);
  await revisions.next();
  await moveAccount(source, target, { email: user.email, url });
  here.deps.feed.look();
  const error = await failed(
    (async () => {
      while (!(await revisions.next()).done);
    })(),
  );
  assert.ok(isKtError(error, 'moved'));
  assert.is(error.details['url'], url);
});

states(
  'what was written while the lease had ended is not lost: the move fails, and goes on next time',
  async (scene) => {
    const { source, target } = scene;
    const user = await furnished(scene);
    const error = await failed(
      moveAccount(source, target, {
        ...{ email: user.email, url },
        onStep: async (step) => {
          if (step !== 'leased') return;
          await driverOf(source).script(`update users set moving_until = now() - interval '1 second'
          where account = ${user.account}`);
          assert.is(await whoWrites(scene, user), '201 401');
        },
      }),
    );
    assert.match(error.message, /the lease ended|is not what is here/);
    assert.is(await whoWrites(scene, user), '201 503');
    const ours = await rowsOf(source, user.userId);
    await moveAccount(source, target, { email: user.email, url });
    const theirs = await rowsOf(target, user.userId);
    assert.equal(theirs['settings'], ours['settings']);
    assert.is(ours['settings']!.length, 2);
  },
);

states('one of two moves of it ends, whichever began first', async (scene) => {
  const { source, target } = scene;
  const [user, another] = [await furnished(scene), await furnished(scene)];
  const move = (email: string, at: Step, then: () => Promise<void>) =>
    moveAccount(source, target, { email, url, onStep: async (step) => (step === at ? then() : undefined) });
  await move(user.email, 'leased', async () => {
    const error = await failed(moveAccount(source, target, { email: user.email, url }));
    assert.match(error.message, /being moved by another process/);
  });
  assert.is(await whoWrites(scene, user), '308 201');
  const overtaken = await failed(
    move(another.email, 'copying', async () => void (await moveAccount(source, target, { email: another.email, url }))),
  );
  assert.match(overtaken.message, /another move of this account began/);
  assert.is(await whoWrites(scene, another), '308 201');
});

/** Who answers a write, here and there, once the mover was killed at a step; and once the same was done again. */
type Kill = {
  readonly at: Step | 'half leased';
  readonly left: string;
  readonly later?: string;
  readonly cancelled: string | RegExp;
};
const KILLS: readonly Kill[] = [
  { at: 'copying', left: '201 401', cancelled: '201 401' },
  { at: 'leased', left: '503 401', later: '201 401', cancelled: '201 401' },
  // The keys are there by then.
  { at: 'half leased', left: '503 503', later: '201 503', cancelled: '201 401' },
  { at: 'handed over', left: '503 503', cancelled: '201 401' },
  { at: 'served', left: '503 201', cancelled: /is served from .* already: run the move again/ },
  { at: 'moved', left: '308 201', cancelled: /was moved to/ },
];

/** In ms: whoever asks after a kill has done so long before it ends, on a slow machine too. */
const LEASE = 3_000;

/** Moves, in a process that is killed at a step: nothing it does afterwards reaches a database. */
const killedAt = async ({ urls }: Scene, { email }: TestUser, at: Kill['at']): Promise<void> => {
  const [from, to] = [await openDatabase(urls[0]), await openDatabase(urls[1])];
  let gone = (): void => undefined;
  const killed = new Promise<void>((resolve) => (gone = resolve));
  const kill = () => Promise.all([from.close(), to.close()]).then(gone);
  // What it waits for may never be answered.
  const moving = moveAccount(from, to, {
    ...{ email, url, leaseMs: LEASE },
    onStep: async (step) => void (step === at && (await kill())),
    onRows: (table) => void (at === 'half leased' && table === 'buckets' && kill()),
  }).catch(() => {});
  await Promise.race([killed, moving]);
};

for (const { at, left, later = left, cancelled } of KILLS) {
  // The embedded engine belongs to the one process, which is then gone itself.
  if (testEngine() !== 'postgres') continue;

  states(`a mover that is killed when it is ${at} leaves one side in force, and goes on next time`, async (scene) => {
    const { source, target } = scene;
    const user = await furnished(scene);
    await killedAt(scene, user, at);
    assert.is(await whoWrites(scene, user), left);
    if (later !== left) await until('the lease ends by itself', async () => (await whoWrites(scene, user)) === later);
    const again = moveAccount(source, target, { email: user.email, url });
    if (at === 'moved') assert.match((await failed(again)).message, /was moved to/);
    else await again;
    assert.is(await whoWrites(scene, user), '308 201');
    const [ours, theirs] = [await rowsOf(source, user.userId), await rowsOf(target, user.userId)];
    for (const table of ['events', 'event_values', 'buckets', 'devices'])
      assert.equal(theirs[table], ours[table], table);
    assert.is(theirs['events']!.length, 50);
  });

  states(`it is called off when it was ${at}, or is too late for that`, async (scene) => {
    const { source, target } = scene;
    const user = await furnished(scene);
    await killedAt(scene, user, at);
    if (typeof cancelled !== 'string') {
      assert.match((await failed(cancelMove(source, target, user.email))).message, cancelled);
      assert.is(await whoWrites(scene, user), left);
      return;
    }
    await cancelMove(source, target, user.email);
    assert.is(await whoWrites(scene, user), cancelled);
    assert.equal((await rowsOf(target, user.userId))['events'], []);
    await moveAccount(source, target, { email: user.email, url });
    assert.is(await whoWrites(scene, user), '308 201');
  });
}

type Refused = {
  readonly what: string;
  readonly ready: (scene: Scene, user: TestUser) => Promise<void>;
  readonly says: RegExp;
};
const REFUSED: readonly Refused[] = [
  {
    what: 'to where somebody has its address',
    ready: async ({ there }, { email }) => void (await there.resolvers.accounts.createKey({ email, name: 'k' })),
    says: /has a user .*, or one of the same id, already: nothing was changed/,
  },
  {
    what: 'that is not there',
    ready: ({ here }, { email, userId }) =>
      here.resolvers.accountRemoval.deleteAccount({ email, id: userId }).then(() => {}),
    says: /there is no user/,
  },
  {
    what: 'to where somebody signs in as its person does',
    ready: async ({ here, there }, { email }) => {
      const named = { issuer: 'https://id.example.org', subject: `of ${email}` };
      await here.resolvers.identities.connectUser({ email, ...named });
      await there.resolvers.identities.connectUser({ email: (await there.newUser()).email, ...named });
    },
    says: /by https:\/\/id\.example\.org signs in as another user there/,
  },
  {
    what: 'to a database of another version',
    ready: async ({ target }) =>
      driverOf(target).script(`update _prisma_migrations set rolled_back_at = now()
        where migration_name = (select max(migration_name) from _prisma_migrations)`),
    says: /is not one of this kt-server: run "kt-server migrate"/,
  },
];
for (const { what, ready, says } of REFUSED)
  states(`an account ${what} is not moved, and nothing is changed`, async (scene) => {
    const user = await furnished(scene);
    await ready(scene, user);
    const before = await rowsOf(scene.target, user.userId);
    assert.match((await failed(moveAccount(scene.source, scene.target, { email: user.email, url }))).message, says);
    assert.equal(await rowsOf(scene.target, user.userId), before);
    if (!/no user/.test(String(says))) {
      const [ours] = (await whoWrites(scene, user)).split(' ');
      assert.is(ours, '201');
    }
    await driverOf(scene.target).script('update _prisma_migrations set rolled_back_at = null');
  });

states.run();
