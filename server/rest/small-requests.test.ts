/** What small requests ask of the database: each statement is a round trip, which is most of what they take. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { statementsOf } from '../../test/support/statements.ts';
import { openTestServer, type TestServer, type TestUser } from '../../test/support/test-server.ts';

const small = suite<{ server: TestServer; user: TestUser }>('small requests');
small.before(async (scene) => {
  scene.server = await openTestServer();
  scene.user = await scene.server.newUser();
  const post = async (path: string, body: unknown): Promise<void> => {
    const headers = { 'content-type': 'application/json' };
    const { ok } = await scene.user.fetch(`/api/0/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    assert.ok(ok, path);
  };
  await post('buckets/window', { client: 'c', type: 'currentwindow', hostname: 'h' });
  await post('buckets/empty', { client: 'c', type: 'currentwindow', hostname: 'h' });
  const events = [1, 2, 3, 4, 5, 6].map((i) => ({
    timestamp: `2024-05-31T09:00:0${i}Z`,
    duration: 1,
    data: { app: `app ${i}` },
  }));
  await post('buckets/window/events', events);
});

const newest = `{ bucket(id: "window") { events(first: 2) { edges { node { data } } } } }`;

for (const [what, statements, path, query] of [
  ['the newest events: the key, and the bucket with them', 2, '/api/0/buckets/window/events?limit=2'],
  ['the newest of an empty bucket, which is looked for after that', 4, '/api/0/buckets/empty/events?limit=2'],
  ['a count: the key, and the bucket', 2, '/api/0/buckets/window/events/count'],
  ['the newest events by GraphQL: the key, two of Prisma for the bucket, and them', 4, '/graphql', newest],
] as const)
  small(`are ${statements} statements for ${what}`, async ({ user }) => {
    const ask = async () => {
      const response = await user.fetch(path, {
        method: query === undefined ? 'GET' : 'POST',
        headers: { 'content-type': 'application/json' },
        ...(query === undefined ? {} : { body: JSON.stringify({ query }) }),
      });
      assert.is(response.status, 200);
      return response.text();
    };
    await ask(); // the key is marked as used once a minute
    const answers: string[] = [];
    assert.is(await statementsOf(async () => void answers.push(await ask())), statements);
    assert.is(/app 6.*app 5/.test(answers[0]!), path.endsWith('window/events?limit=2') || query !== undefined);
  });

small.run();
