import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KtError } from '../../domain/errors.ts';
import type { KnownKey } from '../storage/api-keys.ts';
import { makePresuming, type Proof } from './presume.ts';
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

const proving = suite('writes that prove their viewer themselves');

/** What was found of a key's hash. */
const row = (id: string) => ({ id }) as KnownKey;

/** A key that is looked up by who writes; `judges`: what it says of row `k`. */
const makeWriting = async () => {
  const scene = { judges: ANNA as Viewer | Error, asked: 0, used: 0, wrote: [] as Viewer[] };
  const say = (viewer: Viewer | Error): Viewer => {
    if (viewer instanceof Error) throw viewer;
    return viewer;
  };
  const keyHash = new Uint8Array([1]);
  const { authenticate, writeAs } = makePresuming(
    Object.assign(
      async () => {
        scene.asked++;
        return say(scene.judges);
      },
      {
        lookUp: ({ headers }: { headers: Headers }) =>
          headers.has('cookie')
            ? null
            : { keyHash, judge: () => say(scene.judges), used: async () => void scene.used++ },
      },
    ),
  );
  await authenticate(ASKED);
  scene.asked = 0;
  type Ask = (proof: Proof) => void | Promise<void>;
  const write = (ask: Ask, request = ASKED) =>
    writeAs(request, async (viewer, proof) => {
      if (proof) await ask(proof);
      scene.wrote.push(viewer);
      return new Response();
    });
  return { scene, write };
};

proving('begin for nobody who was not seen, or shows no key', async () => {
  const { write } = await makeWriting();
  assert.is(
    write(() => {}, asking({ authorization: 'Bearer kt_bert' })),
    null,
  );
  assert.is(
    write(() => {}, asking({ authorization: 'Bearer kt_anna', cookie: 'kt=a' })),
    null,
  );
});

proving('look no key up beside what they write, and note that it was used', async () => {
  const { scene, write } = await makeWriting();
  await write((proof) => proof.judge(row('k')));
  assert.equal(scene.wrote, [ANNA]);
  assert.equal([scene.asked, scene.used], [0, 1]);
});

proving('are refused as soon as the key is, by either way to ask, and write nothing', async () => {
  const ways: ((proof: Proof) => void | Promise<void>)[] = [(proof) => proof.judge(null), (proof) => proof.confirm()];
  for (const ask of ways) {
    const { scene, write } = await makeWriting();
    scene.judges = new KtError('unauthenticated', 'no longer');
    assert.is(await failure(write(ask)!), scene.judges);
    assert.equal(scene.wrote, []);
    assert.is(write(ask), null, 'nothing begins for it again');
  }
});

proving('that fail before they ask say so only to whom the key belongs', async () => {
  const { scene, write } = await makeWriting();
  const invalid = new KtError('invalid', 'no heartbeat');
  const failing = () => Promise.reject(invalid);
  assert.is(await failure(write(failing)!), invalid);
  assert.is(scene.asked, 1);
  scene.judges = new KtError('unauthenticated', 'no longer');
  assert.is(await failure(write(failing)!), scene.judges);
});

proving('are written once, for whoever it is now', async () => {
  const { scene, write } = await makeWriting();
  const bound = { ...ANNA, deviceId: 'd', boundTo: 'd' };
  scene.judges = bound;
  await write((proof) => proof.judge(row('k')));
  assert.equal(scene.wrote, [bound]);
});

proving.run();
