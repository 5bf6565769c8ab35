/** What one account may have summed up at once, whatever it asks. */
import { setMaxListeners } from 'node:events';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isKtError } from '../../../domain/errors.ts';
import { openTestServer, type TestServer, type TestUser } from '../../../test/support/test-server.ts';
import type { Viewer } from '../../auth/viewer.ts';

const sums = suite<{ server: TestServer; user: TestUser }>('sums of an account');
sums.before(async (scene) => {
  scene.server = await openTestServer();
  scene.user = await scene.server.newUser();
});

const viewerOf = ({ userId, account }: TestUser): Viewer => ({
  userId,
  account,
  deviceId: null,
  via: 'key',
  scope: 'full',
  keyId: null,
  sessionId: null,
  boundTo: null,
  address: null,
});
const here = new AbortController().signal;
setMaxListeners(0, here);
const DAY = { first: 19_800, last: 19_800 };
const ASKED = { ...DAY, grain: 'NONE', by: ['CATEGORY'], deviceIds: null, mode: 'UNION', only: null } as const;

sums('wait beyond two, of activity and previews together, and are refused beyond a hundred', async (scene) => {
  const { server, user } = scene;
  const { activity, previewCategories } = server.resolvers;
  const viewer = viewerOf(user);
  const stranger = viewerOf(await server.newUser());
  const ask = (n: number): Promise<unknown> =>
    n % 2 === 0
      ? activity.activity(viewer, ASKED, here)
      : previewCategories.previewCategories(viewer, [{ name: ['a'], regex: 'a' }] as never, DAY, here);
  // All in one turn: none is answered before the last one is asked.
  const asked = Array.from({ length: 104 }, (_, n) => ask(n));
  const other = activity.activity(stranger, ASKED, here);
  const told = await Promise.all(
    asked.map((each) =>
      each.then(
        () => 'answered',
        (error: unknown) => (isKtError(error) ? error.code : String(error)),
      ),
    ),
  );
  assert.equal(told, [...Array.from({ length: 102 }, () => 'answered'), 'rate_limited', 'rate_limited']);
  assert.is((await other).seconds, 0, 'another account is asked by itself');
  assert.is((await activity.activity(viewer, ASKED, here)).seconds, 0, 'and the first one again afterwards');
});

sums('that nobody waits for any more make room', async ({ server, user }) => {
  const viewer = viewerOf(user);
  const leaving = new AbortController();
  setMaxListeners(0, leaving.signal);
  const ask = (signal: AbortSignal) => server.resolvers.activity.activity(viewer, ASKED, signal);
  const asked = Array.from({ length: 102 }, (_, n) => ask(n < 2 ? here : leaving.signal));
  const settled = Promise.allSettled(asked);
  leaving.abort();
  assert.is((await ask(here)).seconds, 0);
  const left = await settled;
  assert.equal([left[0]!.status, left[1]!.status, left[2]!.status], ['fulfilled', 'fulfilled', 'rejected']);
});

sums.run();
