import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Bucket } from '../../domain/bucket.ts';
import type { StoredEvent } from '../../domain/event.ts';
import type { PushState } from '../../domain/sync/push.ts';
import { freshState } from './saved-state.ts';
import { EVERYTHING, planPull, planPush, sortOut, type PushFacts, type PushStep, type Selection } from './plan.ts';
import type { Registration } from './ports.ts';
import type { Probe } from './push/probe.ts';
import { footOf, headOf, makeTailDigest, tailDigest } from './push/tail.ts';
import { areOthers, deviceWitnesses, standing } from './push/witness.ts';

const bucket = (id: string, createdUs: bigint | null = 1_000_000n): Bucket => ({
  id,
  type: 't',
  client: 'c',
  hostname: 'h',
  createdUs,
  data: {},
});
const HOUR = 3_600_000n;
const head = 1_700_000_000_000n;
const event = (id: number, ms: bigint, seconds = 1): StoredEvent => ({
  id,
  startUs: ms * 1000n,
  durationNs: BigInt(seconds) * 1_000_000_000n,
  data: { id },
});
const witnesses = Array.from({ length: 20 }, (_, i) => ({ sourceId: i + 1, atMs: head - BigInt(i), data: null }));
const state = (extra: Partial<PushState> = {}): PushState => ({
  bucketId: 'w',
  epoch: 3,
  cursor: { headMs: head, footMs: null },
  count: 9,
  createdUs: 1_000_000n,
  witnesses: [],
  former: null,
  ...extra,
});
const page = (events: StoredEvent[], full = false) => ({ events, full, unreadable: [] });
const probed = (extra: Partial<Probe> = {}): Probe => ({
  count: 9,
  tail: page([event(1, head)]),
  stand: [],
  empty: false,
  ...extra,
});

const stepFor = (known: PushState | null, probe: Probe | null, extra: Partial<PushFacts> = {}, own = bucket('w')) =>
  planPush({
    own: [own],
    states: new Map(known ? [['w', known]] : []),
    probes: new Map(probe ? [['w', probe]] : []),
    over: {},
    tails: {},
    ...extra,
  })[0];

const plan = suite('the plan');

plan('takes first-hand buckets that are selected, and says why it leaves others', () => {
  const selection: Selection = { globs: ['!b'], has: (id) => id !== 'b' };
  const { own, skipped } = sortOut([bucket('c'), bucket('b'), bucket('a'), bucket('a-synced-from-x')], [], selection);
  assert.equal(
    own.map(({ id }) => id),
    ['a', 'c'],
  );
  assert.equal(
    skipped.map(({ bucket: { id } }) => id),
    ['a-synced-from-x', 'b'],
  );
});

plan('walks a bucket that the server does not know, in epoch 1', () => {
  assert.equal(stepFor(null, null), {
    kind: 'send',
    bucket: bucket('w'),
    epoch: 1,
    cursor: null,
    tail: null,
    walk: true,
    known: false,
    renewed: null,
  });
});
plan('walks one that was begun and has no cursor yet', () => {
  const step = stepFor(state({ cursor: null }), probed({ tail: null }));
  assert.ok(step?.kind === 'send' && step.walk && step.tail === null && step.epoch === 3);
});
plan('sends the tail of a whole bucket, and walks one that is not whole below its foot as well', () => {
  const whole = stepFor(state(), probed());
  assert.ok(whole?.kind === 'send' && !whole.walk && whole.tail?.events.length === 1);
  const begun = stepFor(state({ cursor: { headMs: head, footMs: head - HOUR } }), probed());
  assert.ok(begun?.kind === 'send' && begun.walk && begun.tail !== null);
});
plan('rests where the tail is the one acknowledged last, or empty', () => {
  const known = state();
  const probe = probed();
  const tails = { w: tailDigest(probe.tail!.events, known.cursor!, bucket('w'), 3) };
  assert.is(stepFor(known, probe, { tails })?.kind, 'rest');
  assert.is(stepFor(known, probed({ tail: page([]) }))?.kind, 'rest');
  assert.is(stepFor(known, probe, { tails: { w: 'other' } })?.kind, 'send');
  assert.is(stepFor(known, probe, { tails }, { ...bucket('w'), hostname: 'renamed' })?.kind, 'send');
  assert.is(
    stepFor(known, probed({ tail: page([event(1, head)], true) }), { tails })?.kind,
    'send',
    'a longer one is sent',
  );
});
/** The epoch that a step pushes in. */
const epochOf = (step: PushStep | undefined): number | null => (step?.kind === 'send' ? step.epoch : null);

plan('begins a new epoch with a whole walk, and says why', () => {
  const step = stepFor(state({ createdUs: 2_000_000n, cursor: { headMs: head, footMs: head - HOUR } }), probed());
  assert.ok(step?.kind === 'send');
  assert.equal([step.epoch, step.cursor, step.tail, step.walk, step.known], [4, null, null, true, false]);
  assert.match(step.renewed!, /created again/);
});
plan('begins one where the bucket was created again, by the millisecond', () => {
  assert.is(epochOf(stepFor(state({ createdUs: 2_000_000n }), probed())), 4);
  assert.is(epochOf(stepFor(state({ createdUs: 1_000_999n }), probed())), 3);
  assert.is(epochOf(stepFor(state({ createdUs: null }), probed())), 3);
});
plan('begins one where fewer than 10 of 20 witnesses stand, and in all buckets when the device’s do not', () => {
  assert.is(epochOf(stepFor(state({ witnesses }), probed({ stand: witnesses.slice(0, 9) }))), 4);
  assert.is(epochOf(stepFor(state({ witnesses }), probed({ stand: witnesses.slice(0, 10) }))), 3);
  assert.is(epochOf(stepFor(state({ witnesses: witnesses.slice(1) }), probed())), 3, 'fewer than 20 prove nothing');
  assert.is(epochOf(stepFor(state(), probed(), { over: { w: 3 } })), 4);
  assert.is(epochOf(stepFor(state(), probed(), { over: { w: 2 } })), 3, 'it has begun its new epoch already');
});
plan('has no step for a bucket that could not be read', () => {
  assert.is(stepFor(state(), null), undefined);
});

const registration: Registration = { deviceUuid: 'u', account: 'a', revision: 100n, pushed: [], compared: [] };
const pulledState = {
  ...freshState('d'),
  account: 'a',
  pulled: 50n,
  globs: ['*'],
  copies: [{ device: 'x', bucket: 'w', localId: 'copy' }],
};
const here = new Map([['copy', 1]]);

plan('pulls on from its cursor, and from 0 where that is not good any more', () => {
  assert.is(planPull(pulledState, registration, EVERYTHING, here).after, 50n);
  assert.is(planPull({ ...pulledState, account: 'b' }, registration, EVERYTHING, here).after, 0n);
  assert.is(planPull({ ...pulledState, pulled: 101n }, registration, EVERYTHING, here).after, 0n);
  assert.is(planPull(pulledState, registration, { globs: ['*', '!x'], has: () => true }, here).after, 0n);
});
plan('has copies proven that are missing, or may lack what the cursor passed by', () => {
  const [copy] = pulledState.copies;
  assert.equal(planPull(pulledState, registration, EVERYTHING, here), { after: 50n, prove: [] });
  assert.equal(planPull(pulledState, registration, EVERYTHING, new Map()), { after: 50n, prove: [copy!] });
  assert.equal(planPull({ ...pulledState, unproven: ['copy'] }, registration, EVERYTHING, here).prove, [copy!]);
  const narrowed = { globs: ['*'], has: () => false };
  assert.equal(
    planPull(pulledState, registration, narrowed, new Map()),
    { after: 50n, prove: [] },
    'a copy that is not selected may be gone',
  );
});

plan.run();

const tail = suite('a tail');
tail('digests alike in any order, cut at its start, and differs with content, id, metadata and cursor', () => {
  const cursor = { headMs: head, footMs: null };
  const rows = [event(1, head - 10n), event(2, head - 2n * HOUR, 7200), event(3, head)];
  const cutRow = { ...rows[1]!, startUs: (head - HOUR) * 1000n, durationNs: 3_600_000_000_000n };
  const digest = tailDigest(rows, cursor, bucket('w'), 1);
  assert.is(tailDigest([rows[2]!, cutRow, rows[0]!], cursor, bucket('w'), 1), digest);
  assert.is(
    tailDigest([...rows, event(4, head - 2n * HOUR, 10)], cursor, bucket('w'), 1),
    digest,
    'what ends before it is not in it',
  );
  for (const [changed, at, of] of [
    [[event(1, head - 10n, 2), rows[1]!, rows[2]!], cursor, bucket('w')],
    [[event(9, head - 10n), rows[1]!, rows[2]!], cursor, bucket('w')],
    [rows.slice(1), cursor, bucket('w')],
    [rows, { headMs: head, footMs: 5n }, bucket('w')],
    [rows, cursor, { ...bucket('w'), client: 'other' }],
  ] as const) {
    assert.is.not(tailDigest(changed as StoredEvent[], at, of, 1), digest);
  }
  const parts = makeTailDigest(cursor);
  for (const row of rows) parts.add([row]);
  assert.is(parts.text(bucket('w'), 1), digest);
});
tail('and a walk set head and foot in whole milliseconds, never past what was sent', () => {
  const rows = [event(1, 20n), { ...event(2, 10n), startUs: 10_001n }];
  assert.is(headOf(rows, null), 20n);
  assert.is(headOf([{ ...rows[0]!, startUs: 20_999n }], null), 20n);
  assert.is(headOf(rows, 30n), 30n);
  assert.is(footOf(rows), 11n);
  assert.is(footOf([{ ...rows[0]!, startUs: -1_999n }]), -1n);
  assert.is(headOf([{ ...rows[0]!, startUs: -1_999n }], null), -2n);
  assert.is(footOf([]), null);
});
tail.run();

const proof = suite('witnesses');
proof('stand under their id and instant alone', () => {
  const rows = [event(1, head), event(2, head - 5n), { ...event(3, head - 2n), startUs: (head - 2n) * 1000n + 999n }];
  assert.equal(
    standing(witnesses, rows).map(({ sourceId }) => sourceId),
    [1, 3],
  );
  assert.not.ok(areOthers(19, 0));
  assert.ok(areOthers(20, 9));
});
proof('of a device are its highest ids', () => {
  const low = state({ bucketId: 'low', witnesses });
  const high = state({
    bucketId: 'high',
    witnesses: witnesses.map((one) => ({ ...one, sourceId: one.sourceId + 10 })),
  });
  const called = deviceWitnesses([low, high]);
  assert.is(called.length, 20);
  assert.is(Math.min(...called.map(({ witness }) => witness.sourceId)), 16);
});
proof.run();
