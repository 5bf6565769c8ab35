/** One account, whole, from one database to another, with its clients sent after it (decisions/0013). */
import { setTimeout as sleep } from 'node:timers/promises';
import { KtError } from '../../domain/errors.ts';
import { run, transaction, type Database } from '../storage/database.ts';
import { migrationsOf, pendingAfter } from '../storage/migrate.ts';
import * as places from '../storage/moving/places.ts';
import { LARGE, LOG, SMALL } from '../storage/moving/tables.ts';
import { copyLarge, copyLog, copySmall, dropRows, newLog, proveSame, type OnRows, type Pair } from './copy-rows.ts';

/**
 * Where a move is: its account begins to be copied; takes no writes from here on; was handed over, so that only the
 * other database may serve it; is served there; and asked for here, is sent there.
 */
export type Step = 'copying' | 'leased' | 'handed over' | 'served' | 'moved';

export type Asked = {
  readonly email: string;
  /** Where its clients reach it from then on. */
  readonly url: string;
  /** Waited for before the move goes on. */
  readonly onStep?: (step: Step) => Promise<void> | void;
  readonly onRows?: OnRows;
  /** How long the lease lasts that is not renewed, in ms. */
  readonly leaseMs?: number;
};

/** What went. `leasedMs`: for how long the account took no writes before it was handed over. */
export type Moved = {
  readonly id: string;
  readonly email: string;
  readonly rows: Readonly<Record<string, number>>;
  readonly leasedMs: number;
};

const LEASE_MS = 30_000;

/** Fails with `conflict` unless both databases have all migrations that this version knows. */
const mustBeAlike = async (databases: readonly Database[]): Promise<void> => {
  for (const database of databases)
    if ((await pendingAfter(await migrationsOf(database))).length > 0)
      throw new KtError(
        'conflict',
        `the database at ${database.where} is not one of this kt-server: run "kt-server migrate" on it first, ` +
          'or start a kt-server of this version on it; nothing was changed',
      );
};

const found = async (source: Database, email: string): Promise<places.Place> => {
  const place = await run(source, (tx) => places.byEmail(tx, email.trim().toLowerCase()));
  if (!place)
    throw new KtError('not_found', `there is no user ${JSON.stringify(email)}: "kt-server users list" shows them`);
  if (place.movedTo !== null) throw new KtError('conflict', `${place.email} was moved to ${place.movedTo} already`);
  if (place.isArriving)
    throw new KtError('conflict', `${place.email} is arriving here itself: finish that move where it began`);
  return place;
};

/** Keeps the lease while `work` runs; `work` fails when it was lost. */
const leased = async <T>(pair: Pair, ms: number, work: () => Promise<T>): Promise<T> => {
  const { from, move } = pair;
  const ended = new AbortController();
  const renew = () => transaction(from.database, (tx) => places.lease(tx, from.account, move, ms));
  if (!(await renew()))
    throw new KtError('conflict', 'another move of this account began meanwhile: this one ends here');
  const renewing = (async () => {
    while (!ended.signal.aborted) {
      await sleep(ms / 4, undefined, { signal: ended.signal, ref: false });
      if (!(await renew())) return; // whoever hands over asks for it once more
    }
  })().catch(() => {});
  try {
    return await work();
  } finally {
    ended.abort();
    await renewing;
  }
};

const LOST = 'the lease ended before all was copied, so that the account is written to again: run it again';

/**
 * Moves an account, or finishes a move that handed it over and ended then. Other accounts go on as they were. Until it
 * is handed over, whatever fails leaves it served where it was. Fails with `not_found`; with `conflict` where the
 * target has such an account, or is no database of this version, or a file is being imported.
 */
export const moveAccount = async (source: Database, target: Database, asked: Asked): Promise<Moved> => {
  const { email, url, onStep = () => {}, onRows = () => {}, leaseMs = LEASE_MS } = asked;
  await mustBeAlike([source, target]);
  const place = await found(source, email);
  const { account, id } = place;
  if (place.isHandedOver) {
    await finish(source, target, place, url, onStep);
    return { id, email: place.email, rows: {}, leasedMs: 0 };
  }
  for (const identity of await run(source, (tx) => places.identitiesOf(tx, account)))
    if (await run(target, (tx) => places.isTaken(tx, id, identity)))
      throw new KtError(
        'conflict',
        `who signs in as ${place.email} by ${identity.issuer} signs in as another user there: ` +
          'take one of the two connections away ("kt-server users disconnect"); nothing was changed',
      );
  const move = await transaction(source, (tx) => places.claim(tx, account));
  if (move === null)
    throw new KtError('conflict', `${place.email} is being moved by another process: wait until it is done, or ended`);
  const row = await run(source, (tx) => places.userRow(tx, account));
  const there = await transaction(target, (tx) => places.arrive(tx, move, row));
  if (there === null)
    throw new KtError(
      'conflict',
      `the database at ${target.where} has a user ${place.email}, or one of the same id, already: nothing was changed`,
    );
  const pair: Pair = { move, from: { database: source, account }, to: { database: target, account: there } };
  await onStep('copying');
  await copyLarge(pair, true, onRows);
  const began = performance.now();
  let rows: Readonly<Record<string, number>> = {};
  try {
    await leased(pair, leaseMs, async () => {
      await onStep('leased');
      rows = await copyRest(pair, onRows);
    });
  } catch (error) {
    // Not needed: the lease would end by itself.
    await transaction(source, (tx) => places.release(tx, account, move)).catch(() => {});
    throw error;
  }
  const leasedMs = performance.now() - began;
  await onStep('handed over');
  await finish(source, target, { ...place, moving: move }, url, onStep);
  return { id, email: place.email, rows, leasedMs };
};

/** Under the lease: the rest, the proof, and the one commit that decides. */
const copyRest = async (pair: Pair, onRows: OnRows): Promise<Readonly<Record<string, number>>> => {
  const { from, move } = pair;
  await copySmall(pair, onRows);
  await copyLarge(pair, false, onRows);
  const log = await newLog(pair);
  let last = await run(from.database, (tx) => copyLog(pair, log, tx, null));
  const rows = await proveSame(pair);
  await transaction(from.database, async (tx) => {
    if (!(await places.holds(tx, from.account, move))) throw new KtError('conflict', LOST);
    if (await places.isImporting(tx, from.account))
      throw new KtError(
        'conflict',
        'a file is being imported into this account: wait until it is done, then run it again',
      );
    last = await copyLog(pair, log, tx, last);
    await places.handOver(tx, from.account);
  });
  return rows;
};

/** From the hand-over on: the account is served there, then sent on from here. Each step may be done before. */
const finish = async (
  source: Database,
  target: Database,
  { account, id, moving, email }: places.Place,
  url: string,
  onStep: (step: Step) => Promise<void> | void,
): Promise<void> => {
  await transaction(target, async (tx) => {
    const there = await places.byId(tx, id);
    if (!there)
      throw new KtError(
        'conflict',
        `${email} was handed over, and is not in the database at ${target.where}: give the one that it was moved to, ` +
          'or call the move off with --cancel, which has it served here again',
      );
    if (there.isArriving && !(await places.serve(tx, id, moving!)))
      throw new KtError(
        'conflict',
        `${email} was handed over by another move: call it off with --cancel, and begin anew`,
      );
  });
  await onStep('served');
  await transaction(source, (tx) => places.sendOn(tx, account, moving!, url));
  await onStep('moved');
};

/**
 * Calls off a move that has not sent anybody on: what arrived at the target is deleted, and the source serves the
 * account. Fails with `conflict` where the target serves it already.
 */
export const cancelMove = async (source: Database, target: Database, email: string): Promise<void> => {
  await mustBeAlike([source, target]);
  const place = await found(source, email);
  const there = await transaction(target, async (tx) => {
    const arrived = await places.byId(tx, place.id);
    if (!arrived) return null;
    if (!arrived.isArriving)
      throw new KtError(
        'conflict',
        place.isHandedOver
          ? `${place.email} is served from ${target.where} already: run the move again, which finishes it`
          : `the database at ${target.where} has ${place.email} as a user of its own, by no move: nothing was changed`,
      );
    await places.takeOver(tx, arrived.account);
    return arrived.account;
  });
  await transaction(source, (tx) => places.reopen(tx, place.account));
  if (there === null) return;
  await dropRows(target, there, [...LARGE]);
  await transaction(target, (tx) => places.removeArriving(tx, there));
};

/**
 * Deletes what an account left here that was moved: only who it was, its devices and its keys' hashes stay, by which
 * its clients are sent on. Returns how many events that were. Fails with `conflict` for one that is served here.
 */
export const forgetMoved = async (source: Database, email: string): Promise<number> => {
  const place = await run(source, (tx) => places.byEmail(tx, email.trim().toLowerCase()));
  if (!place) throw new KtError('not_found', `there is no user ${JSON.stringify(email)}`);
  if (place.movedTo === null)
    throw new KtError('conflict', `${place.email} is served here: only what was moved is forgotten`);
  const stays = ['devices', 'api_keys'];
  const dropped = await dropRows(
    source,
    place.account,
    [...LARGE, ...[...SMALL].reverse(), LOG].filter(({ name }) => !stays.includes(name)),
  );
  return dropped['events']!;
};
