import { setImmediate as tick } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KtError } from '../../../domain/errors.ts';
import type { StoredEvent } from '../../../domain/event.ts';
import { MOST_PUSHED, type PushCursor } from '../../../domain/sync/push.ts';
import { makeOutbox, partsOf, type Outbox, type Parcel } from './outbox.ts';
import type { PushBucket, PushResult, Remote } from '../ports.ts';

const CURSOR: PushCursor = { headMs: 9n, footMs: null };
const event = (id: number, data = {}): StoredEvent => ({
  id,
  startUs: BigInt(id),
  durationNs: 0n,
  data,
});
const events = (n: number, from = 1) => Array.from({ length: n }, (_, i) => event(from + i));

type Answer = (buckets: readonly PushBucket[]) => (bucket: PushBucket) => PushResult['error'];

/** An outbox over a server that answers so; what was asked and told is kept. */
const open = (answer: Answer = () => () => null, until: () => Promise<void> = async () => undefined) => {
  const calls: (readonly PushBucket[])[] = [];
  const remote = {
    async push({ buckets }: { buckets: readonly PushBucket[] }) {
      calls.push(buckets);
      await until();
      const errorOf = answer(buckets);
      const results = buckets.map((bucket) => ({
        bucketId: bucket.bucket.id,
        error: errorOf(bucket),
        epoch: 1,
        count: 0,
        cursor: bucket.cursor,
        inserted: bucket.events.length,
        updated: 0,
        unchanged: 0,
        rejected: [],
      }));
      return { revision: 1n, results };
    },
  } as unknown as Remote;
  const told: string[] = [];
  const parcel = (id: string, content: readonly StoredEvent[], cursor: PushCursor | null = CURSOR): Parcel => ({
    bucket: { bucket: { id, type: '', client: '', hostname: '', createdUs: null, data: {} }, epoch: 1 },
    events: content,
    cursor,
    stored: (_, sent) => told.push(`${id} stored ${sent.length}`),
    setAside: (event, reason) => told.push(`${id} set aside ${event.id}: ${reason}`),
    failed: ({ message }) => told.push(`${id} failed: ${message}`),
  });
  return {
    outbox: makeOutbox(remote, 'd', 1),
    calls,
    told,
    parcel,
    sizes: () => calls.map((buckets) => buckets.map((bucket) => bucket.events.length)),
  };
};

const send = async (outbox: Outbox, ...parcels: Parcel[]) => {
  for (const parcel of parcels) await outbox.add(parcel);
  await outbox.flush();
};

const outbox = suite('the outbox');

outbox('sends several small buckets in one call', async () => {
  const { outbox: box, parcel, sizes, told } = open();
  await send(box, parcel('a', events(2)), parcel('b', events(3)), parcel('c', []));
  assert.equal(sizes(), [[2, 3, 0]]);
  assert.equal(told, ['a stored 2', 'b stored 3', 'c stored 0']);
});
outbox('keeps to 5,000 events and 4 MB a call, and to one parcel of a bucket', async () => {
  const { outbox: box, parcel, sizes } = open();
  await send(box, parcel('a', events(2_000)), parcel('b', events(500)), parcel('c', events(2_501)));
  await send(box, parcel('a', events(MOST_PUSHED - 1)), parcel('b', events(1)), parcel('c', events(1)));
  await send(
    box,
    parcel('a', [event(1, { title: 'x'.repeat(1_900_000) })]),
    parcel('b', [event(1, { title: 'x'.repeat(2_200_000) })]),
  );
  await send(box, parcel('a', events(1)), parcel('a', events(2)));
  assert.equal(sizes(), [[2000, 500], [2501], [4999], [1, 1], [1], [1], [1], [2]]);
});
outbox('counts data that events share once for the call, and for each row of what the server stores', async () => {
  const shared = (bytes: number) => {
    const data = { title: 'x'.repeat(bytes) };
    return Array.from({ length: MOST_PUSHED }, (_, i) => event(i + 1, data));
  };
  const sizesOf = (list: readonly StoredEvent[]) => [...partsOf(list)].map(({ length }) => length);
  assert.equal(sizesOf(shared(3_900)), [5_000], '20 MB as rows, and 354 kB as columns');
  assert.equal(sizesOf(shared(10_000)), [1_997, 1_997, 1_006]);
  const own = Array.from({ length: MOST_PUSHED }, (_, i) => event(i + 1, { title: 'x'.repeat(3_900), i }));
  assert.equal(sizesOf(own), [1_002, 1_002, 1_002, 1_002, 992]);
  assert.equal(sizesOf([event(1, { title: 'x'.repeat(5_000_000) }), event(2)]), [1, 1], 'too large for any call');
  const { outbox: box, parcel, sizes } = open();
  await send(box, parcel('a', shared(3_900).slice(0, 2_400)), parcel('b', shared(7_000).slice(0, 2_400)));
  assert.equal(sizes(), [[2_400], [2_400]]);
});
outbox('has one call under way while the next parcel is taken, and sends that when it is answered', async () => {
  const answers: (() => void)[] = [];
  const held = () => new Promise<void>((resolve) => answers.push(resolve));
  const { outbox: box, parcel, told, sizes } = open(undefined, held);
  await box.add(parcel('a', events(5_000)));
  assert.equal([sizes(), told], [[[5_000]], []], 'sent at once, and not waited for');
  const second = box.add(parcel('a', events(3_000)));
  await tick();
  assert.equal([sizes().length, told], [1, []], 'the second waits');
  answers[0]!();
  await second;
  assert.equal([sizes(), told], [[[5_000], [3_000]], ['a stored 5000']]);
  const end = box.flush();
  answers[1]!();
  await end;
  assert.equal(told, ['a stored 5000', 'a stored 3000']);
});
outbox('tells of a call that ends the pass when the next one is due, or at the end', async () => {
  const over = () => {
    throw new KtError('device_in_use', 'over');
  };
  const { outbox: box, parcel, sizes } = open(over);
  await box.add(parcel('a', events(5_000)));
  await box.settled();
  for (const next of [() => box.add(parcel('a', events(5_000))), () => box.flush()]) {
    const code = await next().then(
      () => 'sent',
      (error: KtError) => error.code,
    );
    assert.equal([code, box.broken, sizes().length], ['device_in_use', true, 1]);
  }
});
outbox('calls nobody when nothing is there', async () => {
  const { outbox: box, calls } = open();
  await box.flush();
  assert.is(calls.length, 0);
});
outbox('halves a refused call down to the event that is refused alone; the cursor follows the last part', async () => {
  const poisoned = (bucket: PushBucket) => bucket.events.some(({ id }) => id === 5);
  const {
    outbox: box,
    parcel,
    told,
    calls,
  } = open((buckets) => {
    if (buckets.some(poisoned)) throw new KtError('too_large', 'no');
    return () => null;
  });
  await send(box, parcel('a', events(8)), parcel('b', events(1, 100)));
  assert.equal(told, ['a stored 4', 'a set aside 5: no', 'a stored 1', 'a stored 2', 'b stored 1']);
  const stored = calls
    .filter((buckets) => !buckets.some(poisoned))
    .flatMap((buckets) => buckets.filter(({ bucket }) => bucket.id === 'a'));
  assert.equal(
    stored.map(({ cursor }) => cursor),
    [null, null, CURSOR],
  );
});
outbox('moves the cursor past an event that is refused alone and last', async () => {
  const {
    outbox: box,
    parcel,
    told,
    sizes,
  } = open(() => (bucket) => (bucket.events.length > 0 ? { code: 'invalid', message: 'no' } : null));
  await send(box, parcel('a', events(1)));
  assert.equal(told, ['a set aside 1: no', 'a stored 0']);
  assert.equal(sizes(), [[1], [0]]);
});
outbox('fails a bucket that is refused as a whole, and sends no more of it', async () => {
  const {
    outbox: box,
    parcel,
    told,
    sizes,
  } = open(
    () =>
      ({ bucket }) =>
        bucket.id === 'a' ? { code: 'conflict', message: 'not yours' } : null,
  );
  await send(box, parcel('a', events(2)), parcel('b', events(1)), parcel('a', events(4)), parcel('b', events(2)));
  assert.equal(told, ['a failed: not yours', 'b stored 1', 'b stored 2']);
  assert.equal(sizes(), [[2, 1], [2]]);
});
outbox('gives a bucket up when all of it is refused, rather than moving its cursor past everything', async () => {
  const { outbox: box, parcel, told } = open(() => () => ({ code: 'invalid', message: 'no' }));
  await send(box, parcel('a', events(3)));
  assert.is(told.at(-1), 'a failed: no');
  const refusing = open(() => (bucket) => (bucket.events.length > 0 ? { code: 'invalid', message: 'no' } : null));
  await send(refusing.outbox, refusing.parcel('a', events(400)));
  assert.is(refusing.told.at(-1), 'a failed: no');
  assert.ok(refusing.calls.length < 400);
});
outbox('passes on what ends the whole pass', async () => {
  const { outbox: box, parcel } = open(() => {
    throw new KtError('device_in_use', 'over');
  });
  try {
    await send(box, parcel('a', events(1)));
    assert.unreachable();
  } catch (error) {
    assert.is((error as KtError).code, 'device_in_use');
    assert.ok(box.broken);
  }
});

outbox.run();
