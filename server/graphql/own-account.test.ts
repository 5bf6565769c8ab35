import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openBrowser, type Browser } from '../../test/support/browser.ts';
import { bucketWith, failing, newDevice, sent } from '../../test/support/pushing.ts';
import { APP_URL, openTestServer, type TestServer, type TestUser } from '../../test/support/test-server.ts';
import { prismaOf } from '../storage/database.ts';

const own = suite<{ server: TestServer; user: TestUser; browser: Browser }>('a person’s own account');
own.before(async (scene) => {
  scene.server = await openTestServer();
});
own.before.each(async (scene) => {
  scene.user = await scene.server.newUser();
  const device = await newDevice(scene.user);
  await device.push(bucketWith([sent(1, 0), sent(2, 60)]));
  await scene.user.graphql('mutation { setSetting(input: { key: "k", value: 1 }) { setting { key } } }');
  scene.browser = openBrowser(scene.server.app, APP_URL);
  assert.is((await scene.browser.ask('POST', '/auth/session', { key: scene.user.key })).status, 200);
});

const DELETE = 'mutation ($email: String!) { deleteAccount(input: { email: $email }) { deletedEventCount } }';
const remove = async (browser: Browser, email: string): Promise<any> =>
  (await browser.ask('POST', '/graphql', { query: DELETE, variables: { email } })).body;

own('says what would go with it', async ({ user }) => {
  const { viewer } = await user.graphql<any>(
    `{ viewer { contents { deviceCount bucketCount eventCount trashedCount keyCount settingCount } } }`,
  );
  assert.equal(viewer.contents, {
    ...{ deviceCount: 2, bucketCount: 1, eventCount: 2, trashedCount: 0, keyCount: 1, settingCount: 1 },
  });
});

own('goes with everything once its address was typed in a browser', async ({ server, user, browser }) => {
  const other = await server.newUser();
  await newDevice(other);
  const { data } = await remove(browser, ` ${user.email.toUpperCase()} `);
  assert.equal(data, { deleteAccount: { deletedEventCount: 2 } });
  const left = await prismaOf(server.database).user.count({ where: { account: user.account } });
  assert.is(left, 0);
  assert.is((await user.fetch('/api/0/buckets')).status, 401);
  assert.is((await browser.ask('GET', '/auth/session')).status, 401);
  assert.is((await other.graphql<any>('{ devices { id } }')).devices.length, 1, 'and nobody else’s');
});

own('stays for another address, and whatever a key says', async ({ server, user, browser }) => {
  const other = await server.newUser();
  for (const email of ['', 'no', other.email]) {
    const { errors } = await remove(browser, email);
    assert.is(errors[0].extensions.code, 'INVALID');
    assert.match(errors[0].message, /type .*@/);
  }
  const { message } = await failing('FORBIDDEN', user.graphql(DELETE, { email: user.email }));
  assert.match(message, /signed-in browser/);
  assert.is((await user.graphql<any>('{ viewer { contents { eventCount } } }')).viewer.contents.eventCount, 2);
});

own('is exported by the browser that is signed in', async ({ browser }) => {
  const { status, body } = await browser.ask('GET', '/api/0/export');
  assert.is(status, 200);
  assert.is(body.buckets.window.events.length, 2);
});

own.run();
