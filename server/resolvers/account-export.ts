import { isKtError } from '../../domain/errors.ts';
import { bucketToWire, eventToWire, type WireBucket, type WireEvent } from '../../domain/wire.ts';
import { inTheNameOf } from '../auth/viewer.ts';
import * as keys from '../storage/api-keys.ts';
import { run } from '../storage/database.ts';
import type { AccountLog } from './account-log.ts';
import { findUser } from './account-removal.ts';
import type { makeBuckets } from './buckets.ts';
import type { Deps } from './deps.ts';
import type { makeDevices } from './devices.ts';
import type { makeEvents } from './events.ts';
import type { makeSettings } from './settings.ts';

type Rules = {
  readonly buckets: ReturnType<typeof makeBuckets>;
  readonly devices: ReturnType<typeof makeDevices>;
  readonly log: AccountLog;
  readonly events: ReturnType<typeof makeEvents>;
  readonly settings: ReturnType<typeof makeSettings>;
};

/** Where a page of events ended, in a form that survives JSON. */
type PageEnd = { readonly startUs: string; readonly durationNs: string; readonly id: number };

const EVERYTHING = { startUs: null, endUs: null };
const NO_BOUNDS = { firstStartUs: null, lastEndUs: null };
/** Events at a time, as in rest/event-list.ts. */
const PAGE = 5_000;

/** Everything in an account as JSON, in parts, for the operator at the server's own command line. */
export const makeAccountExport = ({ database }: Deps, { buckets, devices, events, log, settings }: Rules) => ({
  /** Everything except events, and of keys nothing that could be used to authenticate. Fails with `not_found`. */
  exportHead: async ({ email }: { email: string }) => {
    const user = await findUser({ database }, email);
    const viewer = inTheNameOf({ account: user.account, userId: user.id });
    const [rows, owned] = [await buckets.list(viewer), await devices.list(viewer)];
    const ids = new Map(owned.map(({ id, deviceId }) => [id, deviceId]));
    const bounds = await buckets.bounds(
      viewer,
      rows.map(({ number }) => number),
    );
    await log.exported(viewer, 'everything, on the server');
    const all = await run(database, (tx) => keys.list(tx, user.account));
    return {
      owner: { account: user.account, userId: user.id },
      account: { email: user.email, created_at: user.createdAt },
      devices: owned.map(({ deviceId, hostname, createdAt, lastSyncAt, awDeviceId }) => ({
        device_id: deviceId,
        hostname,
        created_at: createdAt,
        last_sync_at: lastSyncAt,
        aw_device_id: awDeviceId,
      })),
      keys: all.map(({ name, scope, createdAt, lastUsedAt, expiresAt, revokedAt }) => ({
        name,
        scope,
        created_at: createdAt,
        last_used_at: lastUsedAt,
        expires_at: expiresAt,
        revoked_at: revokedAt,
      })),
      settings: Object.fromEntries((await settings.list(viewer)).map(({ key, value }) => [key, value])),
      buckets: rows.map((row) => ({
        number: row.number,
        facts: exported(bucketToWire({ ...row, id: row.publicId }, bounds.get(row.number) ?? NO_BOUNDS)),
        // As in the exports of REST (spec/rest DEV-21).
        kt: { device: ids.get(row.deviceUuid) ?? null, bucketId: row.id },
      })),
    };
  },

  /**
   * A page of a bucket's events, and where it ended; null if it was the last. Returns null if the bucket no longer
   * exists.
   */
  exportEvents: async (asked: {
    owner: { account: number; userId: string };
    bucket: { number: number; id: string };
    after: PageEnd | null;
  }): Promise<{ events: WireEvent[]; after: PageEnd | null } | null> => {
    const { owner, bucket, after } = asked;
    const from = after && { startUs: BigInt(after.startUs), durationNs: BigInt(after.durationNs), id: after.id };
    try {
      const page = await events.list(inTheNameOf(owner), bucket, EVERYTHING, PAGE, from);
      const end = page.more ? page.events.at(-1)?.position : undefined;
      return {
        events: page.events.map(({ event }) => eventToWire(event)),
        after: end ? { startUs: String(end.startUs), durationNs: String(end.durationNs), id: end.id } : null,
      };
    } catch (error) {
      if (isKtError(error, 'not_found')) return null;
      throw error;
    }
  },
});

const exported = ({ events: _, ...facts }: WireBucket): Omit<WireBucket, 'events'> => facts;
