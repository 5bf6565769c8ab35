import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { until } from '../../test/support/until.ts';
import { APP_URL, openTestServer, type TestServer, type TestUser } from '../../test/support/test-server.ts';
import { openBrowser, type Browser } from '../../test/support/browser.ts';

type Scene = { server: TestServer; admin: TestUser; other: TestUser; browser: Browser };
const people = suite<Scene>('people in GraphQL');
people.before.each(async (scene) => {
  scene.server = await openTestServer();
  scene.admin = await scene.server.newUser();
  scene.other = await scene.server.newUser();
  await scene.server.resolvers.people.markUser({ email: scene.admin.email, on: true });
  scene.browser = openBrowser(scene.server.app, APP_URL);
  assert.is((await scene.browser.ask('POST', '/auth/session', { key: scene.admin.key })).status, 200);
});

const ask = async ({ browser }: Scene, query: string): Promise<any> => {
  const { body } = await browser.ask('POST', '/graphql', { query });
  assert.is(body.errors, undefined, JSON.stringify(body.errors));
  return body.data;
};

people('are invited, come in, are named and deleted by who administers the server', async (scene) => {
  const { server, other } = scene;
  const email = `${crypto.randomUUID()}@example.org`;
  const { invite } = await ask(scene, `mutation { invite(input: { email: "${email}" }) { id path expiresAt } }`);
  assert.match(invite.path, /^\/welcome#kt_claim_[\w-]{43}$/);
  const person = async (id: string): Promise<any> => {
    for (let after = 'null'; ; ) {
      const { people: page } = await ask(
        scene,
        `{ people(first: 200, after: ${after}) { pageInfo { hasNextPage endCursor } edges { node {
          id email isAdmin invitedAt invitedUntil lastSeenAt deviceCount bucketCount keyCount eventCount } } } }`,
      );
      const found = page.edges.find(({ node }: any) => node.id === id);
      if (found || !page.pageInfo.hasNextPage) return found?.node;
      after = JSON.stringify(page.pageInfo.endCursor);
    }
  };
  assert.equal((await person(invite.id)).invitedUntil, invite.expiresAt);
  const theirs = openBrowser(server.app, APP_URL);
  const entered = await theirs.ask('POST', '/auth/claim', { claim: invite.path.split('#')[1] });
  assert.equal([entered.status, entered.body.invited], [200, true]);
  assert.is((await person(invite.id)).invitedAt, null);
  const { setAdmin } = await ask(
    scene,
    `mutation { setAdmin(input: { id: "${invite.id}", isAdmin: true }) { person { email isAdmin } } }`,
  );
  assert.equal(setAdmin.person, { email, isAdmin: true });
  const own = await theirs.ask('POST', '/graphql', { query: '{ viewer { isAdmin log { edges { node { what } } } } }' });
  assert.is(own.body.data.viewer.isAdmin, true);
  const gone = await ask(
    scene,
    `mutation { deletePerson(input: { id: "${other.userId}", email: "${other.email}" }) { deletedEventCount } }`,
  );
  assert.equal(gone.deletePerson, { deletedEventCount: 0 });
  assert.is(await person(other.userId), undefined);
  assert.is((await other.fetch('/api/0/buckets/')).status, 401);
});

people('are for nobody else: the whole document is refused, and the log has it', async (scene) => {
  const { other, server } = scene;
  assert.equal(await other.graphql('{ viewer { isAdmin } }'), { viewer: { isAdmin: false } });
  const email = `${crypto.randomUUID()}@example.org`;
  for (const query of [
    '{ people { edges { node { email } } } }',
    '{ viewer { email } people { edges { cursor } } }',
    `mutation { setSetting(input: { key: "k", value: 1 }) { setting { key } }
      invite(input: { email: "${email}" }) { id } }`,
    `mutation { setAdmin(input: { id: "${other.userId}", isAdmin: true }) { person { id } } }`,
  ]) {
    const response = await other.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    const { data, errors } = (await response.json()) as any;
    assert.equal([response.status, data ?? null, errors[0].extensions.code], [403, null, 'FORBIDDEN'], query);
    assert.match(errors[0].message, /for who administers this server/);
  }
  assert.equal(await other.graphql('{ settings { key } }'), { settings: [] });
  await until('the refusal is noted', async () => {
    const { viewer } = await other.graphql<any>('{ viewer { log { edges { node { happened } } } } }');
    return viewer.log.edges.some(({ node }: any) => node.happened === 'REFUSED');
  });
  await server.resolvers.people.markUser({ email: scene.admin.email, on: false });
  const { status } = await scene.browser.ask('POST', '/graphql', { query: '{ people { edges { cursor } } }' });
  assert.is(status, 403, 'the mark is looked up each time');
});

people.run();
