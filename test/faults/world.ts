/**
 * The world of a scenario, and what kt-client does in it: passes and repairs, each checked for what it must never do.
 */
import { sync } from '../../client/sync/engine.ts';
import type { Mode } from '../../client/sync/options.ts';
import type { Ports } from '../../client/sync/ports.ts';
import type { Report } from '../../client/sync/report.ts';
import { prove } from '../../client/sync/proof/verify.ts';
import { isKtError } from '../../domain/errors.ts';
import { placesOf, type Account, type Place, type Row } from './account.ts';
import { checkCopies, checkDeletions, checkHeld, checkParts, deletedFromCopies } from './after-pass.ts';
import { check } from './check.ts';
import { decide } from './decide.ts';
import { Killed } from './life.ts';
import type { Machine, Time } from './machine.ts';
import type { PassFault } from './ops.ts';
import { bodyText } from './script.ts';

export const MINUTE_MS = 60_000;

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
  /**
   * Pushed buckets (by number) that held another history than the file when their machine's export was imported, or
   * none: the import stands apart (spec/sync 7.1), and only a first push takes one over.
   */
  readonly apart: Set<number>;
  /** Where the server had buckets until it lost them: copies of them stay (spec/sync 4.3). */
  lostPlaces: readonly Place[];
  /** So far, passes can find everything that happened by themselves. */
  plain: boolean;
  /** In the end a day of passes corrects it. */
  readonly day: boolean;
  /** Both machines have one history: what was made on one may be on the server as the other's. */
  shared: boolean;
  /** The rows of the server, and its trash, after the last run. */
  rows: readonly Row[];
};

/** Something that the server loses without a tombstone: rows, or whole buckets with their places. */
export const losing = async (world: World, work: () => Promise<void>): Promise<void> => {
  const places = async () => (await world.account.buckets()).flatMap(placesOf);
  const before = await places();
  await work();
  const after = await places();
  const isThere = ({ deviceId, bucketId }: Place) =>
    after.some((place) => place.deviceId === deviceId && place.bucketId === bucketId);
  world.serverLost = true;
  world.lostPlaces = [...world.lostPlaces, ...before.filter((place) => !isThere(place))];
  world.rows = await world.account.rows();
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

/** The copies that a pass holds back. */
const heldCopies = ({ pulled }: Report): Set<string> =>
  new Set(pulled.flatMap(({ localId, outcome }) => (localId !== null && outcome === 'held' ? [localId] : [])));

/** The pass met another aw-server than the one that its state is of, or a kt-server. */
export const isOtherAw = (error: unknown): boolean =>
  isKtError(error, 'invalid') &&
  /another one than this device was synced from|the local aw-server is a kt-server/.test(error.message);

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

/** The rows that were deleted from the server since the last call. */
const rowsGone = async (world: World): Promise<Row[]> => {
  const before = world.rows;
  world.rows = await world.account.rows();
  const here = new Set(world.rows.flatMap(({ id, trashedMs }) => (trashedMs === null ? [id] : [])));
  return before.filter(({ id, trashedMs }) => trashedMs === null && !here.has(id));
};

/** One pass. `calm`: no earlier fault has an effect any more, so every bucket must be in step. */
export const pass = async (
  world: World,
  machine: Machine,
  fault: PassFault | null,
  { mode = 'both' as Mode, calm = false } = {},
) => {
  const before = world.rows;
  const sizes = machine.copySizes();
  const state = await machine.state.load();
  const asked = machine.aw.requests.length;
  const ran = await run(world, machine, fault, (ports) => sync(ports, { mode }));
  const gone = await rowsGone(world);
  checkDeletions(machine, before, world.rows, gone, world.time.nowMs);
  if (ran === null || fault !== null || mode !== 'both') {
    machine.forgetCopies();
  } else {
    await checkCopies(world, machine, sizes, ran.result);
    await checkHeld(world, machine, state, ran.result);
    machine.left = machine.copySizes();
    machine.heldBack = heldCopies(ran.result);
  }
  if (ran === null || fault !== null) return ran;
  await checkParts(world, machine, state, gone, deletedFromCopies(machine, asked));
  const wrong = troubles(ran.result, calm);
  check(wrong.length === 0, () => `${machine.name}: ${wrong.join('; ')}`);
  const deleted = ran.result.pushed.reduce((sum, one) => sum + one.deleted, 0);
  check(
    gone.length === deleted,
    () => `${machine.name}: ${gone.length} rows went from the server in a pass that tells of ${deleted}`,
  );
  return ran;
};

/** A repair that may delete everything that is not on the machine any more. */
export const repair = async (world: World, machine: Machine, fault: PassFault | null) => {
  machine.forgetCopies();
  const ran = await run(world, machine, fault, (ports) => prove(ports, { repair: true, allowDeletes: true }));
  const gone = await rowsGone(world);
  if (ran === null || fault !== null) return ran;
  const deleted = ran.result.rows.reduce((sum, row) => sum + (row.side === 'own' ? row.deleted : 0), 0);
  check(
    gone.length === deleted,
    () => `${machine.name}: ${gone.length} rows went from the server in a repair that tells of ${deleted}`,
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
  world.rows = await world.account.rows();
};
