import { KtError } from '../../domain/errors.ts';
import type { PushCursor, PushState } from '../../domain/sync/push.ts';
import { checkLength } from '../../domain/name.ts';
import type { WantedParts } from '../../domain/sync/parts.ts';
import type { ImportedBucket } from '../../domain/sync/take-over.ts';
import type { ToldProof } from '../../domain/sync/told-proof.ts';
import type { Viewer } from '../auth/viewer.ts';
import { note } from '../storage/account-log.ts';
import * as keys from '../storage/api-keys.ts';
import * as buckets from '../storage/buckets.ts';
import { lockAccount, revisionOf, takeRevision } from '../storage/changes.ts';
import { run, type Tx } from '../storage/database.ts';
import * as rows from '../storage/devices.ts';
import * as events from '../storage/events.ts';
import { markedFor } from '../storage/imported-buckets.ts';
import { probesOf } from '../storage/probes.ts';
import { isStorable, MAX_BUCKETS } from './buckets.ts';
import type { Deps } from './deps.ts';
import { hostnamesOf, type Hostnames } from './hostnames.ts';
import { checkWanted, type makeParts, type Part } from './parts.ts';
import { checkTold, noteTold } from './told-proofs.ts';
import { writing } from '../storage/writing.ts';

export type { DeviceRow } from '../storage/devices.ts';
/** For Prisma: which devices of an account are listed, and in which order. */
export const { SHOWN, IN_ORDER } = rows;

export type RegisterDevice = {
  readonly deviceId: string;
  readonly hostname: string;
  readonly awDeviceId: string | null;
  /** The pass that begins; null only registers. */
  readonly pass: { readonly number: number; readonly nonce: string } | null;
  /** The ids of the device's own buckets, to find out which of them were imported before. */
  readonly bucketIds?: readonly string[];
  /** What this pass compares (spec/sync 4.4). */
  readonly compare?: WantedParts | null;
  /** What the device knows of its buckets so far (spec/sync 4.10). */
  readonly proof?: ToldProof | null;
};

export type Registration = {
  readonly device: rows.DeviceRow;
  readonly account: string;
  readonly revision: bigint;
  readonly pushed: readonly PushState[];
  readonly imported: readonly ImportedBucket[];
  readonly compared: readonly Part[];
};

/** The most imported buckets that a registration lists, each with a probe of forty events. */
export const MOST_TOLD = 200;

/** The most devices of an account. People have a handful. */
const MAX_DEVICES = 1_000;

/** Fails with `invalid` for what is too long, empty or no ordinary text. */
export const checkName = (what: string, text: string): void => {
  checkLength(what, text);
  if (text === '' || !isStorable(text)) throw new KtError('invalid', `${what} must be ordinary text, and not empty`);
};

/** The push cursor from a bucket's row. */
export const cursorOf = (bucket: buckets.BucketRow): PushCursor | null =>
  bucket.headMs === null ? null : { headMs: bucket.headMs, footMs: bucket.footMs };

/** Whether a viewer's key is to be bound to the first device that it registers. */
const isToBeBound = ({ scope, boundTo }: Viewer): boolean => scope === 'push' && boundTo === null;

/** A key pushes for the device that it is bound to; one of scope `push` is bound first. Fails with `forbidden`. */
export const mustPushFor = (viewer: Viewer, deviceId: string): void => {
  mustSpeakFor(viewer, deviceId);
  if (isToBeBound(viewer))
    throw new KtError(
      'forbidden',
      'this API key of scope "push" is no device’s yet: register the device with it first',
    );
};

/** A key that is bound to a device may register and push only that device. Fails with `forbidden`. */
const mustSpeakFor = (viewer: Viewer, deviceId: string): void => {
  if (viewer.boundTo !== null && viewer.boundTo !== deviceId) {
    throw new KtError(
      'forbidden',
      `this API key is the device ${viewer.boundTo}'s and can not act as ${deviceId}: ` +
        'use a key of that device, or one bound to none, or sign that device in by "kt-client login --new-device"',
    );
  }
};

/** Binds a key that is no device's yet to this one. Fails with `forbidden` where it was bound to another meanwhile. */
const bindFirst = async (tx: Tx, viewer: Viewer, device: rows.DeviceRow): Promise<void> => {
  if (!isToBeBound(viewer) || viewer.keyId === null) return;
  if (!(await keys.bind(tx, viewer.account, viewer.keyId, device.id)))
    throw new KtError('forbidden', 'this API key was bound to another device meanwhile: use a key of this one');
};

/** The imported buckets with these ids, where the device has no bucket yet. */
const importedFor = async (
  tx: Tx,
  account: number,
  deviceUuid: string,
  ids: readonly string[],
): Promise<ImportedBucket[]> => {
  const marked = (await markedFor(tx, account, deviceUuid, ids.filter(isStorable).slice(0, MAX_BUCKETS))).slice(
    0,
    MOST_TOLD,
  );
  const probes = await probesOf(
    tx,
    account,
    marked.map(({ number }) => number),
  );
  return marked.map(({ number, publicId, importedId, type }) => ({
    id: publicId,
    bucketId: importedId!,
    type,
    probe: probes.get(number)!,
  }));
};

/**
 * The row of a device, made or brought up to date, under the account's lock; a new one is in the account's log, with
 * the address that it came from. Fails with `too_large`.
 */
export const registerRow = async (
  tx: Tx,
  device: Parameters<typeof rows.register>[1],
  at: Date,
  address: string | null,
): Promise<rows.DeviceRow> => {
  const { account, deviceId } = device;
  const known = await rows.find(tx, account, deviceId);
  if (!known && (await rows.countOf(tx, account)) >= MAX_DEVICES)
    throw new KtError('too_large', `an account has at most ${MAX_DEVICES} devices`);
  if (known?.hostname !== device.hostname) await takeRevision(tx, account);
  if (!known) await note(tx, account, at, { kind: 'device_registered', what: device.hostname, address });
  return rows.register(tx, device);
};

export const makeDevices = ({ database, now }: Deps, parts: ReturnType<typeof makeParts>) => ({
  /**
   * Registers a device under the id that it generated, or updates its hostname: the same device every time. With a
   * pass, that pass begins: its number must be above the last one, or be the last one with the same nonce, which is the
   * same request repeated (spec/sync 6.2). Fails with `device_in_use` otherwise, and changes nothing. A key of scope
   * `push` that was no device's yet is bound to this one.
   */
  register: async (viewer: Viewer, input: RegisterDevice): Promise<Registration> => {
    checkName('deviceId', input.deviceId);
    checkName('hostname', input.hostname);
    if (input.awDeviceId !== null) checkName('awDeviceId', input.awDeviceId);
    if (input.pass) {
      checkName('nonce', input.pass.nonce);
      if (input.pass.number < 1) throw new KtError('invalid', 'the number of a pass is at least 1');
    }
    mustSpeakFor(viewer, input.deviceId);
    if (input.compare) checkWanted(input.compare);
    if (input.proof) checkTold(input.proof);
    // Read before the account is locked and its revision is taken: concurrent changes are then pulled, and not taken
    // for a difference.
    const compared = input.compare ? await parts.of(viewer, input.deviceId, input.compare) : [];
    return writing(database, viewer.account, async (tx) => {
      await lockAccount(tx, viewer.account);
      // The upsert locks the row, so its pass can't change after it is read here.
      const { account, address } = viewer;
      const { deviceId, hostname, awDeviceId } = input;
      let device = await registerRow(tx, { account, deviceId, hostname, awDeviceId }, now(), address);
      await bindFirst(tx, viewer, device);
      if (input.pass) {
        const { number, nonce } = input.pass;
        if (number < device.pass || (number === device.pass && nonce !== device.passNonce)) {
          throw new KtError(
            'device_in_use',
            `this device is at pass ${device.pass} already, and pass ${number} was asked for: ` +
              'another copy of its state is in use',
            { pass: device.pass },
          );
        }
        device = await rows.beginPass(tx, device, number, nonce, now());
      }
      if (input.proof) await noteTold(tx, viewer, device, now(), input.proof);
      const own = (await buckets.list(tx, viewer.account, { deviceUuid: device.id })).filter(
        (bucket) => bucket.epoch > 0,
      );
      const witnesses = await events.witnessesOf(
        tx,
        viewer.account,
        own.map(({ number }) => number),
      );
      const imported = await importedFor(tx, viewer.account, device.id, input.bucketIds ?? []);
      return {
        device,
        account: viewer.userId,
        revision: await revisionOf(tx, viewer.account),
        pushed: own.map((bucket) => ({
          bucketId: bucket.id,
          epoch: bucket.epoch,
          cursor: cursorOf(bucket),
          count: bucket.sourceRows,
          createdUs: bucket.sourceCreatedUs,
          witnesses: witnesses.get(bucket.number) ?? [],
          former: bucket.former,
        })),
        imported,
        compared,
      };
    });
  },

  /**
   * The device as which a client without state continues (spec/sync 7.5). A key that is bound to an empty device is
   * bound to this one instead, and the empty device is deleted. Fails with `not_found`, and with `forbidden` for a key
   * of another device that is not empty.
   */
  reclaim: (viewer: Viewer, deviceId: string): Promise<rows.DeviceRow> =>
    writing(database, viewer.account, async (tx) => {
      await lockAccount(tx, viewer.account);
      const device = isStorable(deviceId) ? await rows.find(tx, viewer.account, deviceId) : null;
      if (!device)
        throw new KtError(
          'not_found',
          `this account has no device ${JSON.stringify(deviceId)}: "kt-client list" shows those there are`,
        );
      if (device.own)
        throw new KtError(
          'invalid',
          'that is the account’s own device, which holds what was made here by hand: no computer is it',
        );
      if (viewer.boundTo === null || viewer.boundTo === deviceId) return device;
      const empty = await rows.findEmpty(tx, viewer.account, viewer.boundTo);
      if (!empty) mustSpeakFor(viewer, deviceId);
      else {
        await rows.giveWay(tx, viewer.account, empty, device.id);
        await takeRevision(tx, viewer.account);
      }
      return device;
    }),

  /**
   * Sets what a device is called by its owner; null: by its hostname again, which stays as it is. Fails with
   * `not_found`, and with `invalid` for a label that is empty or no ordinary text.
   */
  rename: (viewer: Viewer, deviceId: string, label: string | null): Promise<rows.DeviceRow> => {
    if (label !== null) checkName('label', label);
    return writing(database, viewer.account, async (tx) => {
      await lockAccount(tx, viewer.account);
      const device = isStorable(deviceId) ? await rows.setLabel(tx, viewer.account, deviceId, label) : null;
      if (!device) throw new KtError('not_found', `this account has no device ${JSON.stringify(deviceId)}`);
      await takeRevision(tx, viewer.account);
      return device;
    });
  },

  /** The viewer's devices in order of registration, with the account's own once it holds a bucket. */
  list: (viewer: Viewer): Promise<rows.DeviceRow[]> => run(database, (tx) => rows.list(tx, viewer.account)),

  /** The hostnames that REST shows for them and their buckets. */
  hostnames: (viewer: Viewer): Promise<Hostnames> => run(database, (tx) => hostnamesOf(tx, viewer.account)),
});
