/**
 * Whatever is sent, to both APIs: no fault, no rejection that nobody handles, nothing that stays, and no row changed by
 * what was refused. KT_FUZZ_REQUESTS says how many (20,000 now and then, by hand), KT_FUZZ_SEED which.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeApiKey } from '../../server/auth/api-key.ts';
import { driverOf } from '../../server/storage/database.ts';
import { APP_URL, openTestServer } from '../support/test-server.ts';
import { contentsOf, openTarget } from './credentials.ts';
import { fuzzedRequests, type Drawn } from './fuzzed-requests.ts';

const REQUESTS = Number(process.env['KT_FUZZ_REQUESTS'] ?? 1_800);
const SEED = Number(process.env['KT_FUZZ_SEED'] ?? randomInt(2 ** 31));
const AT_ONCE = 6;
/** What the heap may have grown by since it was warm, in bytes, and open handles. */
const MOST_GROWN = 48 * 2 ** 20;
const MOST_HANDLES = 8;

const fuzzed = suite(`requests of any kind (KT_FUZZ_SEED=${SEED})`);

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const heap = async (): Promise<number> => {
  for (let times = 0; times < 3; times++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed;
};

fuzzed('make no fault, leave nothing behind, and change nothing where they are refused', async () => {
  const server = await openTestServer();
  const { app, keys, names, user: victim } = await openTarget(server);
  const user = await server.newUser();
  const wrong: string[] = [];
  const unhandled = (error: unknown) => wrong.push(`nobody handled ${String((error as Error)?.stack ?? error)}`);
  process.on('unhandledRejection', unhandled);

  const send = async ({ method, path, headers, body }: Drawn, key: string | null): Promise<number> => {
    const about = `${method} ${path.slice(0, 200)} ${body?.slice(0, 1_500) ?? ''}`;
    const request = new Request(`${APP_URL}/`, {
      method,
      headers: { ...headers, ...(key === null ? {} : { authorization: `Bearer ${key}` }) },
      ...(body === null || method === 'GET' || method === 'HEAD' ? {} : { body }),
    });
    const response = await app.fetch(request, { target: path });
    const { status } = response;
    let text = '';
    if (response.headers.get('content-type')?.startsWith('text/event-stream')) {
      const reader = response.body!.getReader();
      let timer: NodeJS.Timeout | undefined;
      // A stream that was never read can't be cancelled there.
      await Promise.race([reader.read(), new Promise((resolve) => (timer = setTimeout(resolve, 500)))]);
      clearTimeout(timer); // or it counts as something left behind
      await reader.cancel();
    } else text = await response.text();
    const isDeclared = status === 503 && response.headers.has('retry-after');
    // Pages have scripts in them, with such words.
    const isPage = response.headers.get('content-type')?.startsWith('text/html');
    if ((status >= 500 && !isDeclared) || (!isPage && /"code":"INTERNAL"|node_modules|\n +at /.test(text)))
      wrong.push(`${about}: ${status} ${text.slice(0, 500)}`);
    return status;
  };

  const sendAll = async (all: readonly Drawn[], keysOf: readonly (string | null)[]): Promise<Map<number, number>> => {
    const statuses = new Map<number, number>();
    let next = 0;
    const one = async (): Promise<void> => {
      while (next < all.length && wrong.length < 5) {
        const at = next++;
        const status = await send(all[at]!, keysOf[at % keysOf.length]!);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, one));
    return statuses;
  };
  const drawn = (named: readonly string[], count: number, seed: number) =>
    fc.sample(fuzzedRequests(named), { numRuns: count, seed });

  const { bucket, event, value, deviceId, setting } = names;
  // What is refused, on things that are there, from who may do nothing to them.
  const before = await contentsOf(server, victim.account);
  const others = [keys.none, keys.wrong, keys.expired, keys.revoked, user.key, makeApiKey().key];
  await sendAll(drawn([bucket, event, value, deviceId, setting], REQUESTS / 3, SEED), others);
  assert.equal(wrong, []);
  assert.equal(await contentsOf(server, victim.account), before);

  // What is let in, on the account's own things.
  const own = ['one', 'two', randomUUID()];
  await sendAll(drawn(own, REQUESTS / 3, SEED + 1), [user.key]);
  const warm = await heap();
  const handles = process.getActiveResourcesInfo().length;
  const statuses = await sendAll(drawn(own, REQUESTS / 3, SEED + 2), [user.key]);
  assert.equal(wrong, []);
  assert.ok((statuses.get(200) ?? 0) > REQUESTS / 30, `too few are let in: ${JSON.stringify([...statuses])}`);
  const grown = (await heap()) - warm;
  assert.ok(grown < MOST_GROWN, `the heap grew by ${Math.round(grown / 2 ** 20)} MB`);
  assert.ok(process.getActiveResourcesInfo().length <= handles + MOST_HANDLES, process.getActiveResourcesInfo().join());
  process.off('unhandledRejection', unhandled);
  const [{ now }] = (await driverOf(server.database).rows<{ now: number }>('select 1 as now')) as [{ now: number }];
  assert.is(now, 1);
});

fuzzed.run();
