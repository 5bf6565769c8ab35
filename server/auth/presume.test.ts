import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KtError } from '../../domain/errors.ts';
import { makePresuming } from './presume.ts';
import { inTheNameOf, type Viewer } from './viewer.ts';

const presuming = suite('reads before the key is looked up');

const ANNA: Viewer = { ...inTheNameOf({ account: 1, userId: 'anna' }), via: 'key', keyId: 'k' };
const asking = (headers: Record<string, string>) => new Request('http://kt.test/api/0/buckets', { headers });
const ASKED = asking({ authorization: 'Bearer kt_anna' });

/** Whom the look-up finds, an error that it fails with, or nobody; and how often it was asked. */
const makeScene = () => {
  const scene = { finds: ANNA as Viewer | Error | null, asked: 0, answered: [] as Viewer[], dropped: 0 };
  const { authenticate, readAs } = makePresuming(async () => {
    scene.asked++;
    await new Promise(setImmediate);
    if (scene.finds instanceof Error) throw scene.finds;
    return scene.finds;
  });
  const answer = async (viewer: Viewer): Promise<Response> => {
    scene.answered.push(viewer);
    const body = new ReadableStream({ cancel: () => void scene.dropped++ }, { highWaterMark: 0 });
    return new Response(body, { headers: { 'x-account': String(viewer.account) } });
  };
  return { scene, authenticate, read: (request = ASKED) => readAs(request, answer) };
};

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => assert.unreachable('nothing failed'),
    (error: unknown) => error,
  );

presuming('begin for nobody who was not seen, with another key or for another device', async () => {
  const { authenticate, read } = makeScene();
  assert.is(read(), null);
  await authenticate(ASKED);
  const others: Record<string, string>[] = [
    { authorization: 'Bearer kt_bert' },
    { 'x-api-key': 'kt_anna' },
    { authorization: 'Bearer kt_anna', 'x-device-id': 'd' },
    { authorization: 'Bearer kt_anna', cookie: 'kt=other' },
  ];
  for (const headers of others) assert.is(read(asking(headers)), null);
});

presuming('are answered with what was read meanwhile, and each asks for its key', async () => {
  const { scene, authenticate, read } = makeScene();
  await authenticate(ASKED);
  for (const times of [2, 3]) {
    assert.is((await read())!.headers.get('x-account'), '1');
    assert.is(scene.asked, times);
  }
  assert.equal(scene.answered, [ANNA, ANNA]);
  assert.is(scene.dropped, 0);
});

presuming('are refused as soon as the key is, and what was read is dropped', async () => {
  const { scene, authenticate, read } = makeScene();
  await authenticate(ASKED);
  const refusal = new KtError('unauthenticated', 'no longer');
  scene.finds = refusal;
  assert.is(await failure(read()!), refusal);
  await new Promise(setImmediate);
  assert.is(scene.dropped, 1);
  assert.is(read(), null, 'nothing begins for it again');
});

presuming('are read again for whoever it is now', async () => {
  const { scene, authenticate, read } = makeScene();
  await authenticate(ASKED);
  const bound = { ...ANNA, deviceId: 'd', boundTo: 'd' };
  scene.finds = bound;
  await read();
  assert.equal(scene.answered, [ANNA, bound]);
  assert.is(scene.dropped, 1);
});

presuming('that fail do so after the key was looked up', async () => {
  const { scene, authenticate } = makeScene();
  const { readAs, authenticate: again } = makePresuming(authenticate);
  await again(ASKED);
  const missing = new KtError('not_found', 'no such bucket');
  const failing = () => Promise.reject(missing);
  assert.is(await failure(readAs(ASKED, failing)!), missing);
  scene.finds = new KtError('unauthenticated', 'no longer');
  assert.is(await failure(readAs(ASKED, failing)!), scene.finds);
});

presuming.run();
