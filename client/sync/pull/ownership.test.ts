import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Bucket } from '../../../domain/bucket.ts';
import { copyBucket, notOursReason, notTheirsReason, placeOf } from './ownership.ts';
import type { Copy, RemoteBucket } from '../ports.ts';

const DEVICE = 'aabbccdd-eeff-4000-8000-000000000001';
const bucket = (id: string, extra: Partial<Bucket> = {}): Bucket => ({
  id,
  type: 't',
  client: 'watcher',
  hostname: 'h',
  createdUs: null,
  data: {},
  ...extra,
});
const remote = (bucketId: string, extra: Partial<RemoteBucket> = {}): RemoteBucket => ({
  id: bucketId,
  bucketId,
  type: 't',
  client: 'watcher',
  hostname: 'h',
  createdUs: null,
  data: {},
  deviceId: DEVICE,
  deviceHostname: 'laptop',
  ...extra,
});
const copy = (localId: string, extra: Partial<Copy> = {}): Copy => ({
  device: DEVICE,
  bucket: 'window',
  localId,
  ...extra,
});
const here = (...buckets: Bucket[]) => new Map(buckets.map((one) => [one.id, one]));

const ownership = suite('ownership');

const SECOND_HAND: [Bucket, Copy[]][] = [
  [bucket('window-synced-from-laptop'), []],
  [bucket('renamed', { client: `kt-client:${DEVICE}` }), []],
  [bucket('renamed', { data: { '$kt.origin': {} } }), []],
  [bucket('renamed', { data: { '$aw.sync.origin': 'laptop' } }), []],
  [bucket('renamed'), [copy('renamed')]],
];
ownership('is told four ways, any of which suffices', () => {
  for (const [one, copies] of SECOND_HAND) assert.type(notOursReason(one, copies), 'string');
  assert.is(notOursReason(bucket('window'), [copy('other')]), null);
});
ownership('of a bucket that reached the server as a copy is not another device’s', () => {
  assert.is(notTheirsReason(remote('window')), null);
  assert.type(notTheirsReason(remote('window-synced-from-x')), 'string');
  assert.type(notTheirsReason(remote('window', { data: { '$kt.origin': {} } })), 'string');
});

const placed = suite('a copy lands');
const MARKED = bucket('window-synced-from-old-name', {
  client: `kt-client:${DEVICE}`,
  data: { '$kt.origin': { device: DEVICE, bucket: 'window', server: 's' } },
});
// all that the Python server keeps
const MARKED_BY_CLIENT = bucket('window-synced-from-old-name', { client: `kt-client:${DEVICE}` });

placed('under the plain name, in safe characters', () => {
  assert.is(placeOf(remote('window'), here(), []), 'window-synced-from-laptop');
  assert.is(placeOf(remote('a b/ü', { deviceHostname: 'my host' }), here(), []), 'a_b__-synced-from-my_host');
});
placed('under the name it once got, whatever becomes of the hostname', () => {
  assert.is(
    placeOf(remote('window', { deviceHostname: 'renamed' }), here(), [copy('window-synced-from-laptop')]),
    'window-synced-from-laptop',
  );
});
placed('where its marks say, for a client that lost its state', () => {
  assert.is(placeOf(remote('window'), here(MARKED), []), MARKED.id);
  assert.is(placeOf(remote('window'), here(MARKED_BY_CLIENT), []), MARKED.id);
  assert.is(placeOf(remote('afk'), here(MARKED_BY_CLIENT), []), 'afk-synced-from-laptop');
  assert.is(placeOf(remote('window', { deviceId: 'other' }), here(MARKED), []), 'window-synced-from-laptop');
});
placed('beside a bucket of aw-sync, with digits of the origin’s UUID', () => {
  const awSync = bucket('window-synced-from-laptop', { data: { '$aw.sync.origin': 'laptop' } });
  assert.is(placeOf(remote('window'), here(awSync), []), 'window-synced-from-laptop-aabbccdd');
  assert.is(
    placeOf(remote('window'), here(awSync), [copy('window-synced-from-laptop')]),
    'window-synced-from-laptop-aabbccdd',
  );
});
placed('beside the copy of another device with the same hostname', () => {
  const other = copy('window-synced-from-laptop', { device: 'other' });
  assert.is(placeOf(remote('window'), here(), [other]), 'window-synced-from-laptop-aabbccdd');
});
placed('beside another bucket of the same device whose name becomes the same', () => {
  const taken = [
    copy('a_b-synced-from-laptop', { bucket: 'a b' }),
    copy('a_b-synced-from-laptop-aabbccdd', { bucket: 'a/b' }),
  ];
  assert.is(placeOf(remote('a?b'), here(), taken), 'a_b-synced-from-laptop-aabbccdd-2');
});
placed('with its origin’s type, the hostname it is shown under, and two marks', () => {
  assert.equal(copyBucket('x', remote('window', { hostname: 'unknown', createdUs: 5n }), 'server-id', 'laptop (2)'), {
    id: 'x',
    type: 't',
    client: `kt-client:${DEVICE}`,
    hostname: 'laptop (2)',
    createdUs: 5n,
    data: { '$kt.origin': { device: DEVICE, bucket: 'window', server: 'server-id' } },
  });
});

ownership.run();
placed.run();
