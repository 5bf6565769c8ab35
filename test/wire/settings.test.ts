/** spec/rest 11, cases 65-68; and the same settings through GraphQL. */
import * as assert from 'uvu/assert';
import { openTestServer } from '../support/test-server.ts';
import { JSON_TYPE } from './asker.ts';
import { expectEmpty, expectFailure } from './expect.ts';
import { wireSuite } from './scene.ts';

const settings = wireSuite('REST settings');

const VALUES = [
  'x',
  1,
  1.5,
  true,
  false,
  null,
  0,
  '',
  [],
  {},
  [1, 2],
  { b: { z: 1 } },
  { 'a\u0000': ['\ud83d', '\u0010d83d'] },
];

settings('case 65: any JSON is stored, listed and given back', async ({ user }) => {
  assert.is((await user.get('/settings')).text, '{}');
  for (const value of VALUES) {
    const reply = await user.post('/settings/k', JSON.stringify(value));
    assert.equal([reply.status, reply.text, reply.headers.get('content-type')], [201, '{}', JSON_TYPE]);
    assert.equal((await user.get('/settings/k')).json, value);
    assert.equal((await user.get('/settings/')).json, { k: value });
  }
});

settings('case 66: a key that is not set is null, and can be deleted', async ({ user }) => {
  const unset = await user.get('/settings/unset');
  assert.equal([unset.status, unset.text], [200, 'null']);
  await user.post('/settings/k', 1);
  assert.equal((await user.get('/settings')).json, { k: 1 });
  for (const _ of [1, 2]) {
    expectEmpty(await user.delete('/settings/k'));
    assert.is((await user.get('/settings/k')).text, 'null');
  }
  assert.equal((await user.get('/settings')).json, {});
});

settings('case 67: a key is any text of at most 127 bytes', async ({ user }) => {
  for (const key of ['x'.repeat(128), '%C3%A9'.repeat(64)]) {
    for (const reply of [
      await user.get(`/settings/${key}`),
      await user.post(`/settings/${key}`, 1),
      await user.delete(`/settings/${key}`),
    ])
      expectFailure(reply, 400);
  }
  const keys: Record<string, string> = {
    ['x'.repeat(127)]: 'x'.repeat(127),
    'a.b%20c': 'a.b c',
    '%25': '%',
    'a%2Fb': 'a/b',
    '%00': '\u0000',
    __proto__x: '__proto__x',
    '..': '..',
    D: 'D',
    d: 'd',
  };
  for (const encoded of Object.keys(keys))
    assert.is((await user.post(`/settings/${encoded}`, { encoded })).status, 201);
  for (const encoded of Object.keys(keys)) assert.equal((await user.get(`/settings/${encoded}`)).json, { encoded });
  assert.equal(
    (await user.get('/settings')).json,
    Object.fromEntries(Object.entries(keys).map(([encoded, key]) => [key, { encoded }])),
  );
});

settings('case 68: what is no JSON leaves the old value, and a key is needed', async ({ user }) => {
  await user.post('/settings/k', '"old"');
  for (const body of ['04:00', '', undefined])
    expectFailure(await user.post('/settings/k', body, { headers: { 'content-type': JSON_TYPE } }), 400);
  expectFailure(await user.post('/settings/k', '1e400'), 400);
  expectFailure(await user.post('/settings/k', '"new"', { type: 'text/plain' }), 415);
  assert.is((await user.get('/settings/k')).json, 'old');
  for (const path of ['/settings', '/settings/']) expectFailure(await user.post(path, { a: 1 }), 405);
});

settings('belong to their user', async ({ api, user }) => {
  const other = await api.newUser();
  await user.post('/settings/k', '"mine"');
  assert.is((await other.get('/settings/k')).json, null);
  await other.post('/settings/k', '"theirs"');
  await other.delete('/settings/k');
  assert.is((await user.get('/settings/k')).json, 'mine');
});

settings('are the same through GraphQL', async () => {
  const user = await (await openTestServer()).newUser();
  const rest = async (method: string, key: string, body?: unknown) =>
    user.fetch(`/api/0/settings${key}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': JSON_TYPE } }),
    });
  for (const value of VALUES) {
    await user.graphql(
      'mutation ($value: JSON) { setSetting(input: { key: "g", value: $value }) { setting { key value } } }',
      { value },
    );
    assert.equal(await (await rest('GET', '/g')).json(), value);
    assert.is((await rest('POST', '/r', value)).status, 201);
    const { setting, settings } = await user.graphql<any>(
      '{ setting(key: "r") { key value updatedAt } settings { key value } }',
    );
    assert.equal([setting.key, setting.value], ['r', value]);
    assert.ok(Math.abs(Date.parse(setting.updatedAt) - Date.now()) < 60_000);
    assert.equal(settings, [
      { key: 'g', value },
      { key: 'r', value },
    ]);
  }
  const drop = () => user.graphql<any>('mutation { deleteSetting(input: { key: "r" }) { wasDeleted } }');
  assert.equal([(await drop()).deleteSetting.wasDeleted, (await drop()).deleteSetting.wasDeleted], [true, false]);
  assert.equal(await user.graphql('{ setting(key: "r") { key } }'), { setting: null });
  for (const [input, code] of [
    ['key: "g"', 'MALFORMED'],
    ['key: "", value: 1', 'INVALID'],
  ]) {
    try {
      await user.graphql(`mutation { setSetting(input: { ${input} }) { setting { key } } }`);
      assert.unreachable(input);
    } catch (error) {
      assert.is((error as { code?: string }).code, code);
    }
  }
});

settings.run();
