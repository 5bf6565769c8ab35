import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  compare,
  standingOf,
  type CompareFacts,
  type Holding,
  type LocalHolding,
  type RemoteHolding,
  type Standing,
} from './compare.ts';
import { EVERYTHING } from '../sync/plan.ts';

const has = (events: number, lastUs: bigint | null = 100n): Holding => ({ events, lastUs });
const standing = suite('a bucket on two sides');

const CASES: [what: string, origin: Holding | null, receiver: Holding | null, out: Standing][] = [
  ['equal', has(3), has(3), { kind: 'in_step' }],
  ['both empty', has(0, null), null, { kind: 'in_step' }],
  ['not there yet', has(3), null, { kind: 'behind', events: 3, us: 0n }],
  ['some events behind', has(5, 9000n), has(3, 100n), { kind: 'behind', events: 2, us: 8900n }],
  ['a growing event behind', has(3, 9000n), has(3, 100n), { kind: 'behind', events: 0, us: 8900n }],
  ['a millisecond apart', has(3, 1100n), has(3, 100n), { kind: 'in_step' }],
  ['an earlier last end at the origin', has(3, 100n), has(3, 900n), { kind: 'in_step' }],
  ['more than at the origin', has(3), has(5), { kind: 'ahead', events: 2 }],
];
for (const [what, origin, receiver, out] of CASES)
  standing(`${what} is ${out.kind}`, () => assert.equal(standingOf(origin, receiver), out));
standing.run();

const local = (id: string, events: number, client = 'watcher'): LocalHolding => ({
  bucket: { id, type: 't', client, hostname: 'anna', createdUs: null, data: {} },
  ...has(events),
});
const remote = (bucketId: string, deviceId: string, events: number, pushed = events): RemoteHolding => ({
  pushed,
  bucket: {
    id: `${deviceId}-${bucketId}`,
    bucketId,
    type: 't',
    client: 'watcher',
    hostname: 'h',
    createdUs: null,
    data: {},
    deviceId,
    deviceHostname: `host-${deviceId}`,
  },
  ...has(events),
});
const facts = (extra: Partial<CompareFacts>): CompareFacts => ({
  local: [],
  remote: [],
  deviceId: 'me',
  hostname: 'anna',
  copies: [],
  selection: EVERYTHING,
  ...extra,
});
const told = (extra: Partial<CompareFacts>) =>
  compare(facts(extra)).map(({ bucket, hostname, own, localId, standing: { kind } }) => [
    hostname,
    bucket,
    own,
    localId,
    kind,
  ]);

const list = suite('the list');

list('has one row per bucket: own ones first, copies with their origin', () => {
  const rows = told({
    local: [local('window', 2), local('window-synced-from-host-x', 5, 'kt-client:x'), local('new', 1)],
    remote: [remote('window', 'x', 7), remote('window', 'me', 2)],
    copies: [{ device: 'x', bucket: 'window', localId: 'window-synced-from-host-x' }],
  });
  assert.equal(rows, [
    ['anna', 'new', true, 'new', 'behind'],
    ['host-me', 'window', true, 'window', 'in_step'],
    ['host-x', 'window', false, 'window-synced-from-host-x', 'behind'],
  ]);
});
list('tells what is not synced', () => {
  const selection = { globs: ['a'], has: (id: string) => id === 'a' };
  const rows = told({
    local: [local('b', 1), local('old-synced-from-y', 1)],
    remote: [remote('gone', 'me', 1), remote('c', 'x', 1)],
    selection,
  });
  assert.equal(
    rows.map((row) => row[4]),
    ['apart', 'apart', 'apart', 'apart'],
  );
});
list('compares an own bucket with what was pushed of it, and tells what is kept there besides', () => {
  const rows = compare(
    facts({ local: [local('window', 5)], remote: [remote('window', 'me', 7, 3), remote('window', 'x', 7, 3)] }),
  );
  assert.equal(
    rows.map(({ there, kept, standing: { kind, ...more } }) => [there!.events, kept, kind, more]),
    [
      [3, 4, 'behind', { events: 2, us: 0n }],
      [7, 0, 'behind', { events: 7, us: 0n }],
    ],
  );
});
list('knows no bucket of this device before the first sync', () => {
  assert.equal(told({ local: [local('window', 2)], deviceId: null }), [['anna', 'window', true, 'window', 'behind']]);
});
list.run();
