import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openBrowser, type Browser } from '../../test/support/browser.ts';
import { APP_URL, openTestServer, type TestServer, type TestUser } from '../../test/support/test-server.ts';

const sessions = suite<{ server: TestServer; user: TestUser; browser: Browser; other: Browser }>('User.sessions');
const enter = async ({ app }: TestServer, { key }: TestUser): Promise<Browser> => {
  const browser = openBrowser(app, APP_URL);
  assert.is((await browser.ask('POST', '/auth/session', { key })).status, 200);
  return browser;
};
sessions.before.each(async (scene) => {
  scene.server = await openTestServer();
  scene.user = await scene.server.newUser();
  scene.browser = await enter(scene.server, scene.user);
  scene.other = await enter(scene.server, scene.user);
});

type Shown = { id: string; isCurrent: boolean };
const ask = async (browser: Browser, query: string) => (await browser.ask('POST', '/graphql', { query })).body;
const listed = async (browser: Browser): Promise<Shown[]> =>
  (await ask(browser, '{ viewer { sessions { id isCurrent } } }')).data.viewer.sessions;
const isIn = async (browser: Browser) => (await browser.ask('GET', '/auth/session')).status === 200;

sessions('show where an account is signed in, and which of them asks', async ({ browser, other, user }) => {
  const mine = (await listed(browser)).find(({ isCurrent }) => isCurrent)!;
  const theirs = (await listed(other)).find(({ isCurrent }) => isCurrent)!;
  assert.equal((await listed(browser)).map(({ id }) => id).sort(), [mine.id, theirs.id].sort());
  const { viewer } = await user.graphql<{ viewer: { sessions: Record<string, unknown>[] } }>(
    '{ viewer { sessions { browser address createdAt lastSeenAt expiresAt isCurrent } } }',
  );
  const [shown] = viewer.sessions;
  assert.equal([shown!['browser'], shown!['address'], shown!['isCurrent']], ['Firefox 141 on Linux', 'unknown', false]);
  const days = (Date.parse(String(shown!['expiresAt'])) - Date.parse(String(shown!['createdAt']))) / 86_400_000;
  assert.is(Math.round(days), 30);
});

sessions('are revoked one by one, by themselves or by another of their account', async (scene) => {
  const { browser, other, server } = scene;
  const stranger = await enter(server, await server.newUser());
  const theirs = (await listed(other)).find(({ isCurrent }) => isCurrent)!;
  const revoke = (by: Browser, id: string) =>
    ask(by, `mutation { revokeSession(input: { id: "${id}" }) { wasRevoked } }`);
  assert.equal((await revoke(stranger, theirs.id)).data, { revokeSession: { wasRevoked: false } });
  assert.ok(await isIn(other));
  assert.equal((await revoke(browser, theirs.id)).data, { revokeSession: { wasRevoked: true } });
  assert.equal((await other.ask('GET', '/auth/session')).body.reason, 'revoked');
  assert.equal((await revoke(browser, 'no id')).data, { revokeSession: { wasRevoked: false } });
  const [mine] = await listed(browser);
  assert.equal((await revoke(browser, mine!.id)).data, { revokeSession: { wasRevoked: true } });
  assert.not(await isIn(browser));
});

sessions('are revoked everywhere, or everywhere else', async ({ browser, other, server, user }) => {
  const third = await enter(server, user);
  const all = (input: string) => ask(browser, `mutation { revokeAllSessions(input: { ${input} }) { revoked } }`);
  assert.equal((await all('exceptCurrent: true')).data, { revokeAllSessions: { revoked: 2 } });
  assert.equal([await isIn(browser), await isIn(other), await isIn(third)], [true, false, false]);
  assert.equal((await all('')).data, { revokeAllSessions: { revoked: 1 } });
  assert.not(await isIn(browser));
});

sessions('are revoked everywhere by a key too, which none of them is', async ({ browser, user }) => {
  const { revokeAllSessions } = await user.graphql<{ revokeAllSessions: unknown }>(
    'mutation { revokeAllSessions(input: { exceptCurrent: true }) { revoked } }',
  );
  assert.equal(revokeAllSessions, { revoked: 2 });
  assert.not(await isIn(browser));
});

sessions.run();
