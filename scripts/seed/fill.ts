/** Sends the generated person's history to a kt-server, as kt-client of each device would. */
import type { StoredEvent } from '../../domain/event.ts';
import { MOST_PUSHED } from '../../domain/sync/push.ts';
import type { Remote } from '../../client/sync/ports.ts';
import { recordedOn, SEED_DEVICES, storedAs, type SeedDevice } from './histories.ts';
import { lifeOf, type YearOptions } from './year.ts';

/** How many events each bucket got, by its id. */
export type Filled = ReadonlyMap<string, number>;

/**
 * Registers the devices, and pushes the events of one day after the other, of all devices at once. Source ids count up
 * from 1 on each device, so that the same history is nothing new the second time. Of each device a push is under way
 * and another is gathered, at most.
 */
export const fill = async (
  remote: Pick<Remote, 'devices' | 'register' | 'push'>,
  options: YearOptions,
  onDay: (day: number) => void = () => undefined,
): Promise<Filled> => {
  const senders: ReturnType<typeof makeSender>[] = [];
  // One after the other: devices count in the order of their registration.
  for (const device of SEED_DEVICES) senders.push(makeSender(remote, device, await register(remote, device)));
  for (const person of lifeOf(options)) {
    for (const sender of senders) {
      const events = recordedOn(person, sender.device, options.seed);
      for (const [id, list] of events) for (const event of list) await sender.add(id, (n) => storedAs(event, n));
    }
    onDay(person.day);
  }
  await Promise.all(senders.map((sender) => sender.end()));
  return new Map(senders.flatMap(({ counts }) => [...counts]));
};

/** The pass of a device, and the epoch of each of its buckets that the server has. */
type Begun = { readonly pass: number; readonly epochs: ReadonlyMap<string, number> };

const register = async (remote: Pick<Remote, 'devices' | 'register'>, device: SeedDevice): Promise<Begun> => {
  const { deviceId, hostname, buckets } = device;
  const pass = ((await remote.devices()).find((known) => known.deviceId === deviceId)?.pass ?? 0) + 1;
  const bucketIds = buckets.map(({ id }) => id);
  const begun = { deviceId, hostname, awDeviceId: `aw-${deviceId}`, pass, nonce: `seed-${pass}`, bucketIds };
  const { pushed } = await remote.register(begun);
  return { pass, epochs: new Map(pushed.map(({ bucketId, epoch }) => [bucketId, epoch])) };
};

const makeSender = (remote: Pick<Remote, 'push'>, device: SeedDevice, { pass, epochs }: Begun) => {
  const { deviceId, buckets } = device;
  const counts = new Map(buckets.map(({ id }) => [id, 0]));
  /** When each bucket was created, and up to where it is sent. */
  const created = new Map<string, bigint>();
  let gathered = new Map<string, StoredEvent[]>();
  let inIt = 0;
  let id = 0;
  let underWay: Promise<void> = Promise.resolve();

  const push = async (lists: ReadonlyMap<string, readonly StoredEvent[]>): Promise<void> => {
    const parts = buckets.flatMap(({ of: _of, ...meta }) => {
      const events = lists.get(meta.id) ?? [];
      if (events.length === 0) return [];
      const bucket = { ...meta, createdUs: created.get(meta.id)!, data: {} };
      const cursor = { headMs: events.at(-1)!.startUs / 1000n, footMs: null };
      return [{ bucket, epoch: epochs.get(meta.id) ?? 1, events, cursor }];
    });
    const { results } = await remote.push({ deviceId, pass, buckets: parts });
    for (const { bucketId, error, rejected } of results) {
      const reason = error?.message ?? rejected[0]?.reason;
      if (reason !== undefined) throw new Error(`${device.name}, ${bucketId}: ${reason}`);
    }
  };
  const flush = async (): Promise<void> => {
    if (inIt === 0) return;
    const lists = gathered;
    gathered = new Map();
    inIt = 0;
    await underWay;
    underWay = push(lists);
    // Whoever waits for it later hears of a failure.
    underWay.catch(() => undefined);
  };
  return {
    device,
    counts,
    add: async (bucketId: string, event: (id: number) => StoredEvent): Promise<void> => {
      const made = event(++id);
      if (!created.has(bucketId)) created.set(bucketId, made.startUs);
      const list = gathered.get(bucketId) ?? [];
      gathered.set(bucketId, list);
      list.push(made);
      counts.set(bucketId, counts.get(bucketId)! + 1);
      if (++inIt === MOST_PUSHED) await flush();
    },
    end: async (): Promise<void> => {
      await flush();
      await underWay;
    },
  };
};
