import { KtError } from '../../domain/errors.ts';
import { endNs, type StoredEvent } from '../../domain/event.ts';
import type { Micros } from '../../domain/time.ts';
import type { Viewer } from '../auth/viewer.ts';
import * as buckets from '../storage/buckets.ts';
import { run } from '../storage/database.ts';
import * as devices from '../storage/devices.ts';
import * as events from '../storage/events.ts';
import type { Deps } from './deps.ts';
import type { Reading } from './reading.ts';

/** An event with where it came from. */
export type EventAt = {
  readonly event: StoredEvent;
  readonly publicId: string;
  readonly deviceId: string;
  /** Its id on the device that owns it; null where none does, and it may be edited here. */
  readonly sourceId: number | null;
  /** The revision at which it came or was changed last: it grew, or was edited; and about when that was. */
  readonly revision: bigint;
  readonly changedUs: Micros;
};

/** Of each bucket those that began last. */
const MOST_OF_A_BUCKET = 20;
const MOST_BUCKETS = 500;

/** What was going on at an instant. */
export const makeEventsAt = ({ database }: Deps, reading: Reading) => ({
  /**
   * The events that an instant is in, of all devices or of those named: bucket by bucket in order of creation, at most
   * 20 of each, those that began last first. Fails with `not_found` for a device that is none, and with `too_large` for
   * more than 500 buckets.
   */
  list: async (viewer: Viewer, atUs: Micros, deviceIds: readonly string[] | null): Promise<EventAt[]> => {
    const { account } = viewer;
    const { names, asked } = await run(database, async (tx) => {
      const all = await devices.list(tx, account);
      const unknown = deviceIds?.find((id) => !all.some(({ deviceId }) => deviceId === id));
      if (unknown !== undefined)
        throw new KtError('not_found', `this account has no device ${JSON.stringify(unknown.slice(0, 100))}`);
      const chosen = all.filter(({ deviceId }) => deviceIds === null || deviceIds.includes(deviceId));
      const wanted = new Map(chosen.map(({ id, deviceId }) => [id, deviceId]));
      const held = await buckets.list(tx, account);
      return { names: wanted, asked: held.filter(({ deviceUuid }) => wanted.has(deviceUuid)) };
    });
    if (asked.length > MOST_BUCKETS)
      throw new KtError('too_large', `this looks into more than ${MOST_BUCKETS} buckets: name the devices`);
    const found: EventAt[] = [];
    for (const bucket of asked)
      found.push(
        ...(await reading(account, () =>
          run(database, async (tx) => {
            const page = await events.list(tx, bucket, { startUs: atUs, endUs: atUs }, MOST_OF_A_BUCKET, null);
            // The list has what ends where the period begins: that is over.
            const on = page.events.filter((event) => endNs(event) > atUs * 1000n || event.startUs === atUs);
            if (on.length === 0) return [];
            const origins = await events.originsOf(
              tx,
              bucket,
              on.map(({ id }) => id),
            );
            return on.flatMap((event) => {
              const origin = origins.get(event.id);
              if (!origin) return [];
              // A revision is the clock's µs, unless more of them were needed (spec/sync 3.1).
              const place = { publicId: bucket.publicId, deviceId: names.get(bucket.deviceUuid)! };
              return [{ event, ...place, ...origin, changedUs: origin.revision }];
            });
          }),
        )),
      );
    return found;
  },
});
