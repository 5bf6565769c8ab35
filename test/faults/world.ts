/**
 * The world of a scenario, and what kt-client does in it: passes and repairs, each checked for what it must never do.
 */
import { sync } from '../../client/sync/engine.ts';
import type { Mode } from '../../client/sync/options.ts';
import type { Ports } from '../../client/sync/ports.ts';
import type { Report } from '../../client/sync/report.ts';
import { prove } from '../../client/sync/proof/verify.ts';
import { isKtError } from '../../domain/errors.ts';
import type { Account, ServerBucket } from './account.ts';
import { decide } from './decide.ts';
import { Killed } from './life.ts';
import type { Machine, Time } from './machine.ts';
import type { PassFault } from './ops.ts';
import { beyond, textsOf } from './reading.ts';
import { bodyText } from './script.ts';

export const MINUTE_MS = 60_000;

class Failure extends Error {}
export const check = (holds: boolean, what: () => string): void => {
  if (!holds) throw new Failure(what());
};

export type World = {
  readonly time: Time;
  readonly account: Account;
  readonly machines: readonly [Machine, Machine];
  /** Requests of dead processes that have not reached the server yet. */
  stalled: Request[];
  backup: Awaited<ReturnType<Account['backup']>> | null;
  /** The server lost something without a tombstone. */
  serverLost: boolean;
  /** Something was put back from the trash, and is kept. */
  putBack: boolean;
  /** A file was imported on the server; and another. */
  imported: boolean;
  importedAgain: boolean;
  /** So far, passes can find everything that happened by themselves. */
  plain: boolean;
  /** In the end a day of passes corrects it. */
  readonly day: boolean;
  /** Both machines have one history: what was made on one may be on the server as the other's. */
  shared: boolean;
  /** The rows of the server after the last run. */
  rows: readonly string[];
};

/** Problems in the report of a pass without faults; a bucket may be held back until a repair. */
const troubles = ({ pushed, pulled }: Report, calm: boolean): string[] =>
  [...pushed, ...pulled]
    .filter(({ outcome }) => outcome === 'failed' || (calm && outcome === 'held'))
    .map(({ bucket, outcome, reason }) => `${bucket} ${outcome}: ${reason}`)
    .concat(
      pushed.flatMap(({ bucket, rejected }) =>
        rejected
          .filter(({ reason }) => !/NaN/.test(reason))
          .map(({ reason }) => `${bucket} refused an event: ${reason}`),
      ),
    );

/** The pass met another aw-server than the one that its state is of. */
export const isOtherAw = (error: unknown): boolean =>
  isKtError(error, 'invalid') && /another one than this device was synced from/.test(error.message);

/** A run of kt-client on a machine; null when a fault ended it. */
export const run = async <T>(
  world: World,
  machine: Machine,
  fault: PassFault | null,
  work: (ports: Ports) => Promise<T>,
): Promise<{ result: T; asked: number } | null> => {
  const { ports, life, asked } = machine.ports(fault);
  try {
    return { result: await life.live(work(ports)), asked: asked() };
  } catch (error) {
    if (error instanceof Killed) {
      if (fault?.how === 'stall' && life.unsent) world.stalled.push(life.unsent);
      return null;
    }
    if (await decide(machine, error)) return fault ? null : run(world, machine, null, work);
    if (isKtError(error) && fault !== null) return null;
    // The database was replaced, and most of what was pushed last is gone from it: then a person has to confirm that
    // it is the same device.
    if (isOtherAw(error) && machine.facts.swapped) {
      machine.facts.swapped = false;
      await machine.settleAw();
      return run(world, machine, fault, work);
    }
    throw error;
  }
};

/** How many rows of the server were deleted since the last call. */
const rowsGone = async (world: World): Promise<number> => {
  const before = world.rows;
  world.rows = await world.account.rowIds();
  const here = new Set(world.rows);
  return before.filter((id) => !here.has(id)).length;
};

type Standings = Awaited<ReturnType<Account['standing']>>;
/**
 * What a pass deleted is in the trash, and no more than may be deleted without confirmation: of a bucket of more than
 * 20 events at most a quarter in a day, and never more than a hundred.
 */
const checkDeletions = (machine: Machine, before: Standings, after: Standings, gone: number): void => {
  let trashed = 0;
  for (const [uuid, { trashed: now }] of after) {
    const { pushed, trashed: was } = before.get(uuid) ?? { pushed: 0, trashed: 0 };
    trashed += now - was;
    const all = pushed + was;
    const tooMany = now > 100 || (all > 20 && now * 4 > all);
    check(
      now <= was || !tooMany,
      () =>
        `${machine.name}: a pass deleted ${now - was} of a bucket of ${pushed}, and ${was} went before, within a day`,
    );
  }
  check(
    trashed === gone,
    () => `${machine.name}: ${gone} rows went from the server in a pass, and ${trashed} went into the trash`,
  );
};

/** Origins of copies by the copy's mark and name: a bucket that was taken over is known by either device. */
export const copiesOf = (machine: Machine, bucket: ServerBucket): string[] => {
  const marks = [bucket.deviceId, bucket.formerDevice].map((id) => `kt-client:${id}`);
  return Object.entries(machine.buckets())
    .filter(([id, { client }]) => marks.includes(client) && id.startsWith(`${bucket.bucketId}-synced-from-`))
    .map(([id]) => id);
};

/** When a copy does not have as many events as the last pass left, a pass corrects or reports it (spec/sync 4.5). */
const checkCopies = async (world: World, machine: Machine, before: Map<string, number>, { pulled }: Report) => {
  const doubtful = [...machine.left]
    .filter(([id, left]) => before.has(id) && before.get(id) !== left)
    .map(([id]) => id);
  for (const bucket of doubtful.length === 0 ? [] : await world.account.buckets()) {
    for (const id of copiesOf(machine, bucket).filter((one) => doubtful.includes(one))) {
      const told = pulled.find(({ localId }) => localId === id);
      if (told && told.outcome !== 'in_step') continue;
      const lacking = beyond(textsOf(await world.account.events(bucket)), await machine.texts(id));
      check(
        lacking.length === 0,
        () => `${machine.name}: a pass says nothing of the copy ${id}, which lacks ${lacking.length} events`,
      );
    }
  }
};

/** One pass. `calm`: no earlier fault has an effect any more, so every bucket must be in step. */
export const pass = async (
  world: World,
  machine: Machine,
  fault: PassFault | null,
  { mode = 'both' as Mode, calm = false } = {},
) => {
  const before = await world.account.standing(world.time.nowMs);
  const sizes = machine.copySizes();
  const ran = await run(world, machine, fault, (ports) => sync(ports, { mode }));
  const gone = await rowsGone(world);
  checkDeletions(machine, before, await world.account.standing(world.time.nowMs), gone);
  if (ran === null || fault !== null || mode !== 'both') {
    machine.left = new Map();
  } else {
    await checkCopies(world, machine, sizes, ran.result);
    machine.left = machine.copySizes();
  }
  if (ran === null || fault !== null) return ran;
  const wrong = troubles(ran.result, calm);
  check(wrong.length === 0, () => `${machine.name}: ${wrong.join('; ')}`);
  const deleted = ran.result.pushed.reduce((sum, one) => sum + one.deleted, 0);
  check(
    gone === deleted,
    () => `${machine.name}: ${gone} rows went from the server in a pass that tells of ${deleted}`,
  );
  return ran;
};

/** A repair that may delete everything that is not on the machine any more. */
export const repair = async (world: World, machine: Machine, fault: PassFault | null) => {
  machine.left = new Map();
  const ran = await run(world, machine, fault, (ports) => prove(ports, { repair: true, allowDeletes: true }));
  const gone = await rowsGone(world);
  if (ran === null || fault !== null) return ran;
  const deleted = ran.result.rows.reduce((sum, row) => sum + (row.side === 'own' ? row.deleted : 0), 0);
  check(
    gone === deleted,
    () => `${machine.name}: ${gone} rows went from the server in a repair that tells of ${deleted}`,
  );
  return ran;
};

/** Requests of dead processes arrive. Those of a pass before the device's last must be refused for its number. */
export const arrive = async (world: World): Promise<void> => {
  const requests = world.stalled;
  world.stalled = [];
  for (const request of requests) {
    const text = bodyText(new Uint8Array(await request.clone().arrayBuffer()));
    const pass = Number(/"pass":(\d+)/.exec(text)?.[1]);
    const current = await world.account.passOf(/"deviceId":"([^"]+)"/.exec(text)?.[1] ?? '');
    const answer = await (await world.account.fetch(request)).text();
    check(
      !(pass < current) || answer.includes('DEVICE_IN_USE'),
      () => `what pass ${pass} had sent was taken in pass ${current}: ${answer.slice(0, 200)}`,
    );
  }
  world.rows = await world.account.rowIds();
};
