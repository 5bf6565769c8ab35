import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { until } from '../../test/support/until.ts';
import { APP_URL, openTestServer, type TestServer, type TestUser } from '../../test/support/test-server.ts';
import { openBrowser, type Browser } from '../../test/support/browser.ts';
import { makeApp } from '../app.ts';
import { makeAuthenticate } from '../auth/authenticate.ts';
import { makePlaces } from '../auth/place.ts';
import { OF_ACCOUNTS } from '../auth/scope.ts';
import { makeAddress } from '../http/address.ts';
import { makeLog } from '../log.ts';

type Scene = { server: TestServer; admin: TestUser; other: TestUser; browser: Browser };
const people = suite<Scene>('people in GraphQL');
const FORWARDED = {
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'home.example',
  'x-forwarded-prefix': '/sync',
};
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
  const { invite } = await ask(scene, `mutation { invite(input: { email: "${email}" }) { id url expiresAt } }`);
  assert.match(invite.url, new RegExp(`^${APP_URL}/welcome#kt_claim_[\\w-]{43}$`));
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
  const entered = await theirs.ask('POST', '/auth/claim', { claim: invite.url.split('#')[1] });
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

people('are invited by a link at the public address, or at the one that it was asked for at', async (scene) => {
  const { server, admin } = scene;
  const cases: [
    what: string,
    settings: Parameters<typeof makeAddress>[0],
    headers: Record<string, string>,
    at: string,
  ][] = [
    ['the public URL', { publicUrl: 'https://kt.example.org/kt', trustProxy: false }, {}, 'https://kt.example.org/kt'],
    [
      'it, whatever a proxy says',
      { publicUrl: 'https://kt.example.org', trustProxy: true },
      FORWARDED,
      'https://kt.example.org',
    ],
    ['what a proxy says', { publicUrl: '', trustProxy: true }, FORWARDED, 'https://home.example/sync'],
    ['where it was asked', { publicUrl: '', trustProxy: false }, { host: 'nas.lan:5700' }, 'http://nas.lan:5700'],
    ['what a proxy may not say', { publicUrl: '', trustProxy: false }, { ...FORWARDED, host: 'nas' }, 'http://nas'],
  ];
  for (const [what, settings, headers, at] of cases) {
    const { database, resolvers, deps } = server;
    const app = makeApp({
      ...{ database, resolvers, log: makeLog('silent') },
      authenticate: makeAuthenticate(database, deps.now, OF_ACCOUNTS),
      address: makeAddress(settings),
      places: makePlaces(settings),
    });
    const response = await app.fetch(`${APP_URL}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${admin.key}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify({
        query: `mutation { invite(input: { email: "${crypto.randomUUID()}@example.org" }) { url } }`,
      }),
    });
    const { data, errors } = (await response.json()) as any;
    assert.is(errors, undefined, JSON.stringify(errors));
    assert.is(data.invite.url.replace(/kt_claim_[\w-]{43}$/, ''), `${at}/welcome#`, what);
  }
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
