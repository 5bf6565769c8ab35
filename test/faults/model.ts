/**
 * The model test: two machines on one account, whatever happens to them (ops.ts), and then quiet. In the end each machine's
 * aw-server and the server must hold the same events, copies too; nothing twice; and one more pass must write nothing.
 *
 * What may differ, and only then: rows that the server keeps of databases that are gone (they have no source id, and there
 * are never more of a key than were once made); and events that a copy has beyond its origin, where something went away
 * on the server without a tombstone (a bucket deleted there, a server restored) or the copy was written to by others.
 */
import { sync } from '../../client/sync/engine.ts';
import type { Mode } from '../../client/sync/engine.ts';
import { isProven, type ProofReport } from '../../client/sync/proof-report.ts';
import type { Ports } from '../../client/sync/ports.ts';
import type { Report } from '../../client/sync/report.ts';
import { prove } from '../../client/sync/verify.ts';
import { isKtError } from '../../domain/errors.ts';
import { openTestServer, type TestServer } from '../support/test-server.ts';
import type { DumpedEvent } from '../support/fake-aw/server.ts';
import { makeAccount, type Account } from './account.ts';
import { Killed } from './life.ts';
import { makeMachine, type Machine, type Time } from './machine.ts';
import { BUCKETS, type MachineDraft, type Op, type PassFault, type Scenario } from './ops.ts';
import { beyond, counted, keyOf, textsOf } from './reading.ts';
import { bodyText } from './script.ts';

const BEGIN_MS = Date.UTC(2026, 5, 15, 12);
const MINUTE_MS = 60_000;
/** Rounds of passes in which everything must have come to rest. */
const ROUNDS = 6;

class Failure extends Error {}
const check = (holds: boolean, what: () => string): void => {
  if (!holds) throw new Failure(what());
};

type World = {
  readonly time: Time;
  readonly account: Account;
  readonly machines: readonly [Machine, Machine];
  /** Requests of dead processes, on their way to the server. */
  stalled: Request[];
  backup: Awaited<ReturnType<Account['backup']>> | null;
  /** The server lost something without a tombstone. */
  serverLost: boolean;
  serverWritten: boolean;
  /** So far all that happened is what passes find by themselves. */
  plain: boolean;
  /** The rows of the server after the last run. */
  rows: readonly string[];
};

const written = ({ pushed, pulled }: Report): number =>
  pushed.reduce((sum, one) => sum + one.inserted + one.updated + one.deleted, 0) + pulled.reduce((sum, one) => sum + one.inserted + one.replaced + one.deleted, 0);

/** What is wrong in the report of a pass that nothing befell; a bucket may be held back until a repair. */
const troubles = ({ pushed, pulled }: Report, calm: boolean): string[] =>
  [...pushed, ...pulled]
    .filter(({ outcome }) => outcome === 'failed' || (calm && outcome === 'held'))
    .map(({ bucket, outcome, reason }) => `${bucket} ${outcome}: ${reason}`)
    .concat(pushed.flatMap(({ bucket, rejected }) => rejected.map(({ reason }) => `${bucket} refused an event: ${reason}`)));

/** What a proof found wrong. */
const unproven = ({ rows }: ProofReport): string =>
  rows
    .filter(({ outcome }) => outcome !== 'equal' && outcome !== 'apart')
    .map(({ side, bucket, outcome, reason, here, there, toSend, toDelete }) => `${side} ${bucket} ${outcome} (${reason}): ${here} here, ${there} there, ${toSend} to send, ${toDelete} to delete`)
    .join('; ');

/** A run of kt-client on a machine; null when something befell it and it did not come to its end. */
const run = async <T>(world: World, machine: Machine, fault: PassFault | null, work: (ports: Ports) => Promise<T>): Promise<{ result: T; asked: number } | null> => {
  const { ports, life, asked } = machine.ports(fault);
  try {
    return { result: await life.live(work(ports)), asked: asked() };
  } catch (error) {
    if (error instanceof Killed) {
      if (fault?.how === 'stall' && life.unsent) world.stalled.push(life.unsent);
      return null;
    }
    if (isKtError(error) && fault !== null) return null;
    throw error;
  }
};

/** How many rows of the server went since this was asked last. */
const rowsGone = async (world: World): Promise<number> => {
  const before = world.rows;
  world.rows = await world.account.rowIds();
  const here = new Set(world.rows);
  return before.filter((id) => !here.has(id)).length;
};

/** One pass. `calm`: nothing is left over from what befell the machine, and every bucket must be in step. */
const pass = async (world: World, machine: Machine, fault: PassFault | null, { mode = 'both' as Mode, calm = false } = {}) => {
  const ran = await run(world, machine, fault, (ports) => sync(ports, { mode }));
  const gone = await rowsGone(world);
  if (ran === null || fault !== null) return ran;
  const wrong = troubles(ran.result, calm);
  check(wrong.length === 0, () => `${machine.name}: ${wrong.join('; ')}`);
  const deleted = ran.result.pushed.reduce((sum, one) => sum + one.deleted, 0);
  check(gone === deleted, () => `${machine.name}: ${gone} rows went from the server in a pass that tells of ${deleted}`);
  return ran;
};

/** A repair that may delete whatever is not on the machine any more. */
const repair = async (world: World, machine: Machine, fault: PassFault | null) => {
  const ran = await run(world, machine, fault, (ports) => prove(ports, { repair: true, allowDeletes: true }));
  const gone = await rowsGone(world);
  if (ran === null || fault !== null) return ran;
  const deleted = ran.result.rows.reduce((sum, row) => sum + (row.side === 'own' ? row.deleted : 0), 0);
  check(gone === deleted, () => `${machine.name}: ${gone} rows went from the server in a repair that tells of ${deleted}`);
  return ran;
};

/** What dead processes had sent arrives. What is of a pass before the device's last must be refused by its number. */
const arrive = async (world: World): Promise<void> => {
  const requests = world.stalled;
  world.stalled = [];
  for (const request of requests) {
    const text = bodyText(new Uint8Array(await request.clone().arrayBuffer()));
    const pass = Number(/"pass":(\d+)/.exec(text)?.[1]);
    const current = await world.account.passOf(/"deviceId":"([^"]+)"/.exec(text)?.[1] ?? '');
    const answer = await (await world.account.fetch(request)).text();
    check(!(pass < current) || answer.includes('DEVICE_IN_USE'), () => `what pass ${pass} had sent was taken in pass ${current}: ${answer.slice(0, 200)}`);
  }
  world.rows = await world.account.rowIds();
};

const bucketOf = (machine: Machine, bucket: number): string => {
  const own = Object.entries(machine.buckets())
    .filter(([id, { client }]) => client === 'model' && !id.includes('-synced-from-'))
    .map(([id]) => id);
  return own[bucket % Math.max(1, own.length)] ?? BUCKETS[0];
};

/** A state folder that is copied and run in turns: whoever comes second is refused, asks no more, and is told what to do. */
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

/** Does the server know this aw-server as the machine's? Only then is a lost state found again. */
const isKnown = async (machine: Machine): Promise<boolean> => {
  const { remote } = machine.ports(null).ports;
  return (await remote.devices()).some(({ awDeviceId }) => awDeviceId === machine.aw.deviceId);
};

const PLAIN = new Set<Op['op']>(['record', 'beat', 'make bucket', 'wait', 'backup', 'rename', 'pass', 'arrive', 'clone', 'lose state', 'server backup']);
const HOUR_NS = 3_600_000_000_000n;

/**
 * Does a pass find this by itself? A growing event only where it ends within the hour before now, and so in the tail; the Python
 * aw-server shows no tail what began a day before it.
 */
const isPlain = (op: Op, { nowMs }: Time, event: DumpedEvent | null): boolean => {
  if (op.op !== 'grow' || event === null) return PLAIN.has(op.op) || op.op === 'grow';
  const sinceNs = (ns: bigint): bigint => BigInt(nowMs) * 1_000_000n - ns;
  return sinceNs(event.startNs + event.durationNs + BigInt(op.seconds) * 1_000_000_000n) < HOUR_NS && sinceNs(event.startNs) < 20n * HOUR_NS;
};

const carryOut = async (world: World, op: Op): Promise<void> => {
  const { account, machines } = world;
  const machine = machines['on' in op ? op.on : 0]!;
  const bucket = 'bucket' in op ? bucketOf(machine, op.bucket) : '';
  const events = machine.dumped(bucket);
  const event = 'pick' in op && events.length > 0 ? events[op.pick % events.length]! : null;
  const wire = event && machine.wire({ ago: 0, micros: 0, length: Number(event.durationNs / 1_000_000n), title: 0 });
  world.plain &&= isPlain(op, world.time, event);
  switch (op.op) {
    case 'record':
      return machine.record(bucket, op.events.map((draft) => machine.wire(draft)));
    case 'import':
      return machine.record(bucket, op.events.map((draft) => machine.wire(draft, op.daysAgo)));
    case 'beat':
      for (let i = op.times; i > 0; i--) await machine.beat(bucket, machine.wire({ ago: i * 20, micros: 0, length: 0, title: op.title }));
      return;
    case 'grow':
      return event ? machine.put(bucket, event, { duration: wire!.duration + op.seconds }) : undefined;
    case 'edit':
      return event ? machine.put(bucket, event, { data: machine.titled(op.title) }) : undefined;
    case 'move':
      return event ? machine.put(bucket, event, { timestamp: new Date(Number(event.startNs / 1_000_000n) + op.seconds * 1000).toISOString() }) : undefined;
    case 'twin':
      return event ? machine.again(bucket, event, op.longer) : undefined;
    case 'delete':
      return event ? machine.delete(bucket, event.id) : undefined;
    case 'make bucket':
      await machine.makeBucket(BUCKETS[op.bucket]!);
      return;
    case 'drop bucket':
      machine.facts.otherIds ||= await machine.dropBucket(bucket);
      return;
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
      // Without its state, and beside another aw-server, it is a device that nobody has seen.
      if ((await machine.state.load()) === null && (await isKnown(machine))) return;
      machine.facts.otherIds = machine.facts.swapped = true;
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
    case 'lose state':
      if (await isKnown(machine)) machine.loseState();
      return;
    case 'spoil copy': {
      const copies = Object.entries(machine.buckets()).filter(([id]) => id.includes('-synced-from-'));
      const [copy, { events: held }] = copies[op.pick % Math.max(1, copies.length)] ?? ['', { events: [] }];
      if (copy === '') return;
      if (op.how === 'drop') return void (await machine.dropBucket(copy));
      const victim = held[op.pick % Math.max(1, held.length)];
      if (!victim) return;
      if (op.how === 'delete') return machine.delete(copy, victim.id);
      machine.facts.spoiled = true;
      return machine.put(copy, victim, { data: machine.titled(0) });
    }
    case 'server backup':
      world.backup = await account.backup();
      return;
    case 'server restore':
      if (!world.backup) return;
      world.serverLost = true;
      await account.restore(world.backup);
      world.rows = [];
      return;
    case 'server event':
    case 'server drop': {
      const device = (await machine.state.load())?.deviceId;
      const found = (await account.buckets()).find((one) => one.deviceId === device && one.bucketId === bucket);
      if (!found) return;
      if (op.op === 'server drop') {
        world.serverLost = true;
        await account.drop(found);
        world.rows = [];
        return;
      }
      const made = machine.wire(op.event);
      if (!(await account.post(found, made))) return;
      world.serverWritten = true;
      const counts = machine.made.get(bucket) ?? new Map<string, number>();
      machine.made.set(bucket, counts);
      const key = keyOf(textsOf([{ id: 0, ...made }])[0]!);
      counts.set(key, (counts.get(key) ?? 0) + 1);
      return;
    }
  }
};

/** Passes in turns until a round writes nothing. Once a head may catch up with an event that lay in the future when it was sent. */
const untilQuiet = async (world: World, calm: boolean): Promise<void> => {
  let heads = 0;
  for (let round = 1; ; round++) {
    const moved = await roundOf(world, calm);
    if (moved?.length === 0) return;
    check(round < ROUNDS, () => `still writing after ${ROUNDS} rounds`);
    check(moved === null || ++heads < 2, () => `a pass with nothing new wrote rows of the server: ${moved!.slice(0, 5).join(', ')}`);
  }
};

/** Everything that must be true in the end. */
const finish = async (world: World): Promise<void> => {
  const { machines, time } = world;
  time.nowMs += 120 * MINUTE_MS;
  await arrive(world);
  if (world.plain) {
    await untilQuiet(world, true);
    return sameEverywhere(world);
  }
  for (const machine of machines) await pass(world, machine, null);
  for (const machine of machines) {
    const { result } = (await repair(world, machine, null))!;
    check(isProven(result), () => `${machine.name}: a repair left ${unproven(result)}`);
  }
  await untilQuiet(world, true);
  await sameEverywhere(world);
};

/** A pass of each machine: null when one wrote events or was a device's first, else the rows of the server that it wrote all the same. */
const roundOf = async (world: World, calm: boolean): Promise<string[] | null> => {
  const { account, machines, time } = world;
  const versions = await account.versions();
  const known = (await account.buckets()).length;
  const requests = machines.map(({ aw }) => aw.requests.length);
  let asked = 0;
  for (const machine of machines) {
    time.nowMs += MINUTE_MS;
    const isNew = (await machine.state.load()) === null;
    const ran = (await pass(world, machine, null, { calm }))!;
    // An empty bucket that is new writes no event, and a state that was lost is found again by asking more.
    if (isNew || written(ran.result) > 0 || (await account.buckets()).length > known) return null;
    asked = Math.max(asked, ran.asked);
  }
  check(asked <= 3, () => `a pass with nothing new asked the server ${asked} times`);
  for (const machine of machines) {
    const { result } = (await run(world, machine, null, (ports) => prove(ports)))!;
    check(isProven(result), () => `${machine.name}: verify says ${unproven(result)}`);
  }
  for (const [i, { name, aw }] of machines.entries()) {
    const writes = aw.requests.slice(requests[i]).filter(({ method }) => method !== 'GET');
    check(writes.length === 0, () => `${name}: a pass with nothing new wrote to its aw-server: ${writes.map(({ method, path }) => `${method} ${path}`).join(', ')}`);
  }
  return beyond(await account.versions(), versions);
};

const some = (texts: readonly string[]): string => `${texts.length} (${texts.slice(0, 3).join(' | ')})`;

const sameEverywhere = async ({ account, machines, serverLost, serverWritten }: World): Promise<void> => {
  const buckets = await account.buckets();
  const ownerless = await account.ownerless();
  const ids = await Promise.all(machines.map(async ({ state }) => (await state.load())!.deviceId));
  const devices = await account.devices();
  check(devices.length === 3, () => `${devices.length} devices, where there are two and the account's own`);
  for (const { bucketId, deviceId } of buckets) {
    check(!bucketId.includes('-synced-from-'), () => `an echo on the server: ${bucketId}`);
    check(ids.includes(deviceId) || devices[0] === deviceId, () => `${bucketId} is of a device that nobody is`);
  }

  for (const [i, machine] of machines.entries()) {
    const other = machines[1 - i]!;
    const own = Object.entries(machine.buckets()).filter(([, { client }]) => client === 'model').map(([id]) => id);
    const theirs = buckets.filter(({ deviceId }) => deviceId === ids[i]);
    check(own.every((id) => theirs.some(({ bucketId }) => bucketId === id)), () => `${machine.name}: a bucket is not on the server`);

    for (const bucket of theirs) {
      const what = `${machine.name}'s ${bucket.bucketId}`;
      const there = textsOf(await account.events(bucket));
      if (own.includes(bucket.bucketId)) {
        const here = await machine.texts(bucket.bucketId);
        const missing = beyond(here, there);
        check(missing.length === 0, () => `${what}: the server lacks ${some(missing)}`);
        const kept = beyond(there, here);
        const unowned = ownerless.get(bucket.uuid) ?? 0;
        check(kept.length === unowned, () => `${what}: the server holds ${some(kept)} beyond the device, but ${unowned} rows without source id`);
        if (!machine.facts.otherIds && !serverLost && !serverWritten) check(kept.length === 0, () => `${what}: the server keeps ${some(kept)}`);
        const made = machine.made.get(bucket.bucketId);
        const doubled = [...counted(there.map(keyOf))].filter(([key, n]) => n > (made?.get(key) ?? 0)).map(([key]) => key);
        check(doubled.length === 0, () => `${what}: doubled on the server: ${some(doubled)}`);
      }

      const copies = Object.entries(other.buckets()).filter(([id, { client }]) => client === `kt-client:${ids[i]}` && id.startsWith(`${bucket.bucketId}-synced-from-`));
      if (there.length > 0) check(copies.length === 1, () => `${other.name} has ${copies.length} copies of ${what}`);
      for (const [id] of copies) {
        const copy = await other.texts(id);
        check(beyond(there, copy).length === 0, () => `${other.name}'s copy of ${what} lacks ${some(beyond(there, copy))}`);
        const more = beyond(copy, there);
        const mayHaveMore = serverLost || other.facts.spoiled || other.facts.otherIds;
        check(mayHaveMore || more.length === 0, () => `${other.name}'s copy of ${what} has ${some(more)} beyond it`);
      }
    }
  }
};

const furnish = async (machine: Machine, { buckets }: MachineDraft, offset: number): Promise<void> => {
  for (const [i, events] of buckets.entries()) {
    const id = BUCKETS[(i + offset) % BUCKETS.length]!;
    await machine.makeBucket(id);
    await machine.record(id, events.map((event) => machine.wire(event)));
  }
};

/** One server for all scenarios, which are played one after another: it goes by the clock of the one that is played. */
let clock: Time = { nowMs: BEGIN_MS };
let shared: Promise<TestServer> | undefined;

/** Plays a scenario on an account of its own, and gives that. Fails with the first thing that is not as it should be. */
export const play = async (scenario: Scenario): Promise<Account> => {
  const time: Time = { nowMs: BEGIN_MS };
  clock = time;
  const server = await (shared ??= openTestServer(() => new Date(clock.nowMs)));
  const account = makeAccount(server, await server.newUser());
  const machines = ['A', 'B'].map((name, i) => makeMachine(name, time, account, scenario.machines[i]!.kind, scenario.machines[i]!.hostname)) as unknown as [Machine, Machine];
  const world: World = { time, account, machines, stalled: [], backup: null, serverLost: false, serverWritten: false, plain: true, rows: [] };
  for (const [i, machine] of machines.entries()) await furnish(machine, scenario.machines[i]!, i);
  for (const [i, op] of scenario.ops.entries()) {
    time.nowMs += MINUTE_MS;
    try {
      await carryOut(world, op);
    } catch (error) {
      throw new Error(`at operation ${i} (${op.op}): ${error instanceof Error ? error.message : error}`, { cause: error });
    }
  }
  world.plain ||= scenario.passesAlone === true;
  await finish(world);
  return account;
};
