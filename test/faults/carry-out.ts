/** Carries out the operations (ops.ts). */
import { sync } from '../../client/sync/engine.ts';
import { isKtError } from '../../domain/errors.ts';
import type { DumpedEvent } from '../support/fake-aw/server.ts';
import { check } from './check.ts';
import type { Account, ServerBucket } from './account.ts';
import type { Machine, Time } from './machine.ts';
import { BUCKETS, NEW_BUCKETS, type Draft, type Op } from './ops.ts';
import { counted, keyOf, textOf, textsOf, type WireEvent } from './reading.ts';
import { meetSameId, reinstall } from './reinstall.ts';
import { foreignFile, meetOtherAw } from './other-aw.ts';
import { importExport } from './server-import.ts';
import { arrive, losing, MINUTE_MS, pass, repair, type World } from './world.ts';

const bucketOf = (machine: Machine, bucket: number): string => {
  const own = Object.entries(machine.buckets())
    .filter(([id, { client }]) => client === 'model' && !id.includes('-synced-from-'))
    .map(([id]) => id);
  return own[bucket % Math.max(1, own.length)] ?? BUCKETS[0];
};

/**
 * A state folder that is copied, and the two copies used alternately: the second to run is refused, sends nothing more,
 * and is told what to do.
 */
const clone = async (world: World, machine: Machine): Promise<void> => {
  if ((await pass(world, machine, null)) === null) return;
  const twin = machine.ports(null, await machine.cloneState());
  await sync(twin.ports);
  for (const again of [false, true]) {
    const { ports, asked } = machine.ports(null);
    let code = 'none';
    try {
      await sync(ports);
    } catch (error) {
      code = isKtError(error) ? error.code : String(error);
    }
    check(code === 'device_in_use', () => `${machine.name}: a copied state was answered with ${code}`);
    if (again) check(asked() === 0, () => `${machine.name}: a refused device asked ${asked()} times more`);
  }
  // As `kt-client setup --same-device` does.
  const { deviceId } = (await machine.state.load())!;
  const known = (await twin.ports.remote.devices()).find((device) => device.deviceId === deviceId);
  await machine.settleAs(known!.pass);
};

/** Whether the server recognizes this aw-server as the machine's. Only then can a lost state be recovered. */
const isKnown = async (machine: Machine): Promise<boolean> => {
  const { remote } = machine.ports(null).ports;
  return (await remote.devices()).some(({ awDeviceId }) => awDeviceId === machine.aw.deviceId);
};

/** The id of the next bucket that is made there. */
const newBucketOf = (machine: Machine): string | undefined => NEW_BUCKETS.find((id) => !(id in machine.buckets()));

/** One event each 40 minutes, up to a day ago. */
const historyOf = (events: number): Draft[] =>
  Array.from({ length: events }, (_, i) => ({ ago: 86_400 + i * 2400, micros: i, length: 60_000, title: i % 3 }));

/**
 * Puts back the trash of a bucket. What is there by key is not added (spec/sync 4.7): afterwards there is no more of a
 * key than there was, or was in the trash.
 */
const putBack = async (account: Account, bucket: ServerBucket): Promise<number> => {
  const keys = async () => counted(textsOf(await account.events(bucket)).map(keyOf));
  const [before, trashed] = [await keys(), counted((await account.trashed(bucket)).map(textOf).map(keyOf))];
  const restored = await account.putBack(bucket);
  for (const [key, n] of await keys())
    check(
      n <= Math.max(before.get(key) ?? 0, trashed.get(key) ?? 0),
      () => `${bucket.bucketId}: what was put back is there ${n} times: ${key}`,
    );
  return restored;
};

/**
 * Writes an event by a flat id, as a page would: into the account's own bucket of that name, and never into one that is
 * pushed. A bucket that an import made on the device, and that was not pushed yet, is written to like any other
 * (spec/sync 2.8). Its first push finds the event there, so it counts as made in it.
 */
const writeByHand = async (
  account: Account,
  machine: Machine,
  found: ServerBucket,
  sent: Omit<WireEvent, 'id'>,
): Promise<void> => {
  const unowned = async () => (await account.ownerless()).get(found.number) ?? 0;
  const before = await unowned();
  await account.post(found, sent);
  const read = textsOf(await account.events(found));
  check(read.includes(textOf(sent)), () => `what was written at ${found.publicId} can't be read there`);
  const arrived = (await unowned()) - before;
  check(arrived === 0 || !found.isPushed, () => `what was written by hand is in ${found.bucketId}, which is pushed`);
  if (arrived > 0) machine.madeElsewhere(found.bucketId, sent);
};

const PLAIN = new Set<Op['op']>([
  'record',
  'beat',
  'make bucket',
  'new bucket',
  'wait',
  'backup',
  'rename',
  'pass',
  'arrive',
  'clone',
  'lose state',
  'stranger',
  'same id',
  'unreadable',
  'slow',
  'server backup',
  'server event',
  'server import',
  'foreign import',
]);
const HOUR_NS = 3_600_000_000_000n;

/**
 * Whether a pass finds this by itself. A growing event only if it ends within the last hour, which is in the tail; and
 * the Python aw-server does not list in a tail what started more than a day before it.
 */
const isPlain = (op: Op, { nowMs }: Time, event: DumpedEvent | null): boolean => {
  if (op.op === 'reinstall') return op.order === 0;
  if (op.op !== 'grow' || event === null) return PLAIN.has(op.op) || op.op === 'grow';
  const sinceNs = (ns: bigint): bigint => BigInt(nowMs) * 1_000_000n - ns;
  return (
    sinceNs(event.startNs + event.durationNs + BigInt(op.seconds) * 1_000_000_000n) < HOUR_NS &&
    sinceNs(event.startNs) < 20n * HOUR_NS
  );
};

export const carryOut = async (world: World, op: Op): Promise<void> => {
  const { account, machines } = world;
  const machine = machines['on' in op ? op.on : 0]!;
  const bucket = 'bucket' in op ? bucketOf(machine, op.bucket) : '';
  const events = machine.dumped(bucket);
  const event = 'pick' in op && events.length > 0 ? events[op.pick % events.length]! : null;
  const wire = event && machine.wire({ ago: 0, micros: 0, length: Number(event.durationNs / 1_000_000n), title: 0 });
  world.plain &&= isPlain(op, world.time, event);
  switch (op.op) {
    case 'record':
      return machine.record(
        bucket,
        op.events.map((draft) => machine.wire(draft)),
      );
    case 'import':
      return machine.record(
        bucket,
        op.events.map((draft) => machine.wire(draft, op.daysAgo)),
      );
    case 'unreadable':
      return void (await machine.recordNaN(bucket, machine.wire(op.event)));
    case 'stranger':
      return meetOtherAw(world, machine, op.testing);
    case 'beat':
      for (let i = op.times; i > 0; i--)
        await machine.beat(bucket, machine.wire({ ago: i * 20, micros: 0, length: 0, title: op.title }));
      return;
    case 'grow':
      machine.facts.shrunk ||= op.seconds < 0;
      return event ? machine.put(bucket, event, { duration: wire!.duration + op.seconds }) : undefined;
    case 'edit':
      return event ? machine.put(bucket, event, { data: machine.titled(op.title) }) : undefined;
    case 'move':
      return event
        ? machine.put(bucket, event, {
            timestamp: new Date(Number(event.startNs / 1_000_000n) + op.seconds * 1000).toISOString(),
          })
        : undefined;
    case 'twin':
      return event ? machine.again(bucket, event, op.longer) : undefined;
    case 'delete':
      return event ? machine.delete(bucket, event.id) : undefined;
    case 'make bucket':
      await machine.makeBucket(BUCKETS[op.bucket]!);
      return;
    case 'new bucket': {
      const id = newBucketOf(machine);
      if (id === undefined) return;
      await machine.makeBucket(id);
      return machine.record(
        id,
        [...op.events, ...historyOf(op.history)].map((draft) => machine.wire(draft)),
      );
    }
    case 'record again':
      return machine.takeAlong(bucket, machine.takeDeleted(bucket));
    case 'drop bucket':
      machine.facts.otherIds ||= await machine.dropBucket(bucket);
      return;
    case 'clear':
      for (const { id } of events.slice(-op.count)) await machine.delete(bucket, id);
      return;
    case 'take along': {
      const other = machines[1 - op.on]!;
      const theirs = bucketOf(other, op.bucket);
      if (other.dumped(theirs).length === 0) return;
      world.shared = true;
      if (!(theirs in machine.buckets())) await machine.makeBucket(theirs);
      return machine.takeAlong(theirs, other.dumped(theirs));
    }
    case 'slow':
      return machine.slow(op.ms);
    case 'wait':
      world.time.nowMs += op.minutes * MINUTE_MS;
      return;
    case 'backup':
      return machine.backup();
    case 'restore':
      machine.facts.otherIds ||= machine.restore();
      return;
    case 'crash':
      machine.facts.otherIds ||= machine.crash(op.back);
      return;
    case 'rebuild':
      machine.facts.otherIds = true;
      return machine.rebuild(op.order);
    case 'swap':
      // Without its state, and beside another aw-server, it is a new device.
      if ((await machine.state.load()) === null && (await isKnown(machine))) return;
      machine.facts.otherIds = true;
      machine.facts.swapped = true;
      return machine.swap(op.order);
    case 'rename':
      return machine.rename(op.hostname);
    case 'pass':
      await pass(world, machine, op.fault, { mode: op.mode });
      return;
    case 'repair':
      await repair(world, machine, op.fault);
      return;
    case 'arrive':
      return arrive(world);
    case 'clone':
      return clone(world, machine);
    case 'same id':
      return meetSameId(world, machine);
    case 'lose state':
      if (await isKnown(machine)) await machine.loseState();
      return;
    case 'reinstall':
      machine.facts.otherIds ||= op.order > 0;
      return reinstall(world, machine, op.hostname, op.order);
    case 'spoil copy': {
      const copies = Object.entries(machine.buckets()).filter(([id]) => id.includes('-synced-from-'));
      const [copy, { events: held }] = copies[op.pick % Math.max(1, copies.length)] ?? ['', { events: [] }];
      if (copy === '') return;
      if (op.how === 'drop') return void (await machine.dropBucket(copy));
      const victim = held[op.pick % Math.max(1, held.length)];
      if (!victim) return;
      if (op.how === 'delete') return machine.delete(copy, victim.id);
      // Events that exist only in a copy of an import keep that copy from being deleted.
      if (machine.buckets()[copy]?.client === `kt-client:${(await account.devices())[0]}`) return;
      machine.facts.spoiled = true;
      return machine.put(copy, victim, { data: machine.titled(0) });
    }
    case 'spoil copies':
      for (const [id, { client, events: held }] of Object.entries(machine.buckets()))
        if (client.startsWith('kt-client:') && held.length > 0) await machine.delete(id, held.at(-1)!.id);
      return;
    case 'server backup':
      world.backup = await account.backup();
      return;
    case 'server restore':
      if (!world.backup) return;
      return losing(world, () => account.restore(world.backup!));
    case 'server import':
      await importExport(world, machine);
      world.rows = await account.rows();
      return;
    case 'foreign import': {
      const id = newBucketOf(machine);
      if (id === undefined) return;
      const events = op.events.map((draft) => machine.wire(draft));
      await account.importFile(foreignFile(id, events));
      world.rows = await account.rows();
      return;
    }
    case 'server event':
    case 'put back':
    case 'server drop': {
      const device = (await machine.state.load())?.deviceId;
      const found = (await account.buckets()).find((one) => one.deviceId === device && one.bucketId === bucket);
      if (!found) return;
      if (op.op === 'server drop') return losing(world, () => account.drop(found));
      if (op.op === 'put back') {
        world.putBack ||= (await putBack(account, found)) > 0;
        world.rows = await account.rows();
        return;
      }
      await writeByHand(account, machine, found, machine.wire(op.event));
      world.rows = await account.rows();
      return;
    }
  }
};
