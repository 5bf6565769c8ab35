/** A kt-server in memory, as far as a client can tell: for tests of the engine without a server. */
import { adoptions } from '../../domain/sync/adoption.ts';
import type { Instant } from '../../domain/sync/changes.ts';
import { KtError } from '../../domain/errors.ts';
import { contentHash, dataHash } from '../../domain/sync/content-hash.ts';
import { durationUs, instantOf, keyOf, type SourcedEvent } from '../../domain/event.ts';
import { evenly, isSameHistory, markOf, PROBED, type HistoryProbe } from '../../domain/sync/history.ts';
import type { Bucket } from '../../domain/bucket.ts';
import { floorDiv, type Micros } from '../../domain/time.ts';
import type { Moving, WantedParts } from '../../domain/sync/parts.ts';
import { WITNESSES, type PushCursor, type PushState } from '../../domain/sync/push.ts';
import type {
  ChangedBucket,
  Clock,
  DaySums,
  PushBucket,
  PushResult,
  Remote,
  RemoteBucket,
  RemotePart,
} from '../sync/ports.ts';

type Row = SourcedEvent & { revision: bigint };
/** `kept`: the rows of earlier epochs, which nobody owns. */
type Held = {
  facts: Bucket;
  epoch: number;
  cursor: PushCursor | null;
  rows: Map<number, Row>;
  kept: Row[];
  gone: Map<bigint, bigint>;
  trash: { row: Row; atUs: Micros }[];
};
type Device = {
  deviceId: string;
  hostname: string;
  awDeviceId: string | null;
  pass: number;
  nonce: string | null;
  lastSyncUs: Micros | null;
  buckets: Map<string, Held>;
};

export type MemoryRemote = Remote & {
  /** The calls so far, by name. */
  readonly calls: string[];
  /** How many rows were written, ever. */
  readonly writes: number;
  /** The events of a bucket, newest first: those its device owns, and those that nobody does. */
  rows(deviceId: string, bucketId: string): SourcedEvent[];
  kept(deviceId: string, bucketId: string): SourcedEvent[];
  /** Called before each push is stored and after; what it throws is the answer. */
  before: (call: string) => void;
  after: (call: string) => void;
  /** Why this event is refused (`reject`: with a verdict), or null. */
  refuses: (event: SourcedEvent) => { how: 'reject' | 'batch'; reason: string } | null;
};

export const makeMemoryRemote = (clock: Clock, account = 'account-1'): MemoryRemote => {
  const devices = new Map<string, Device>();
  let revision = 0n;
  let writes = 0;

  const stateOf = (bucketId: string, held: Held): PushState => ({
    bucketId,
    epoch: held.epoch,
    cursor: held.cursor,
    count: held.rows.size,
    createdUs: held.facts.createdUs,
    witnesses: [...held.rows.values()]
      .sort((a, b) => Number(b.startUs - a.startUs))
      .slice(0, WITNESSES)
      .map((row) => ({ sourceId: row.sourceId, atMs: instantOf(row), data: dataHash(row.data) })),
    former: null,
  });

  const remoteBucket = (device: Device, { facts }: Held): RemoteBucket => ({
    id: `${device.deviceId}/${facts.id}`,
    bucketId: facts.id,
    type: facts.type,
    client: facts.client,
    hostname: facts.hostname,
    createdUs: facts.createdUs,
    data: facts.data,
    deviceId: device.deviceId,
    deviceHostname: device.hostname,
  });

  /** Begins a new epoch: no row goes. */
  const disown = (held: Held, epoch: number): void => {
    held.kept.push(...held.rows.values());
    held.rows.clear();
    Object.assign(held, { epoch, cursor: null });
  };

  /** Gives kept rows to the events that they are (spec/sync 1.6). */
  const adopt = (held: Held, events: readonly SourcedEvent[]): void => {
    for (const [row, { sourceId }] of adoptions(
      events.filter((event) => !held.rows.has(event.sourceId)),
      held.kept,
    )) {
      held.kept.splice(held.kept.indexOf(row), 1);
      held.rows.set(sourceId, { ...row, sourceId });
    }
  };

  const store = (device: Device, { bucket, epoch, events, deletes = [], cursor, compare }: PushBucket): PushResult => {
    const held: Held = device.buckets.get(bucket.id) ?? {
      facts: bucket,
      epoch: 1,
      cursor: null,
      rows: new Map(),
      kept: [],
      gone: new Map(),
      trash: [],
    };
    const result = {
      bucketId: bucket.id,
      epoch: held.epoch,
      count: held.rows.size,
      cursor: held.cursor,
      inserted: 0,
      updated: 0,
      unchanged: 0,
      deleted: 0,
      rejected: [],
      compared: null,
    };
    const isNext = device.buckets.has(bucket.id) && epoch === held.epoch + 1;
    if (epoch !== held.epoch && !isNext)
      return { ...result, error: { code: 'conflict', message: `epoch ${epoch} is over` } };
    if (events.some((event) => self.refuses(event)?.how === 'batch')) throw new KtError('invalid', 'a poison event');
    if (isNext) disown(held, epoch);
    device.buckets.set(bucket.id, held);
    held.facts = bucket;
    adopt(
      held,
      events.filter((event) => !self.refuses(event)),
    );
    let { inserted, updated, unchanged, deleted } = result;
    const rejected = [];
    for (const event of events) {
      const refusal = self.refuses(event);
      const old = held.rows.get(event.sourceId);
      if (refusal) rejected.push({ sourceId: event.sourceId, reason: refusal.reason });
      else if (old && contentHash(old) === contentHash(event)) unchanged++;
      else {
        if (old && keyOf(old) !== keyOf(event)) held.gone.set(instantOf(old), revision + 1n);
        held.rows.set(event.sourceId, { ...event, revision: revision + 1n });
        old ? updated++ : inserted++;
      }
    }
    for (const { sourceId, hash } of deletes) {
      const row = held.rows.get(sourceId);
      if (!row || contentHash(row) !== hash) continue;
      held.rows.delete(sourceId);
      held.trash.push({ row, atUs: clock.nowUs() });
      held.gone.set(instantOf(row), revision + 1n);
      deleted++;
    }
    if (inserted + updated + deleted > 0) revision++;
    writes += inserted + updated + deleted;
    const now = floorDiv(clock.nowUs(), 1000n);
    if (cursor) held.cursor = { headMs: cursor.headMs < now ? cursor.headMs : now, footMs: cursor.footMs };
    return {
      bucketId: bucket.id,
      epoch,
      count: held.rows.size,
      error: null,
      cursor: held.cursor,
      inserted,
      updated,
      unchanged,
      deleted,
      rejected,
      compared: compare ? sumsOf([...held.rows.values()], compare.moving, compare.days) : null,
    };
  };

  const instantsOf = (held: Held, after: bigint): { revision: bigint; held: Held; instant: Instant }[] => {
    const latest = new Map<bigint, bigint>();
    const see = (at: bigint, seen: bigint) =>
      seen > after && latest.set(at, seen > (latest.get(at) ?? 0n) ? seen : latest.get(at)!);
    const starting = new Map<bigint, Row[]>();
    for (const row of [...held.rows.values(), ...held.kept]) {
      const at = instantOf(row);
      starting.set(at, [...(starting.get(at) ?? []), row]);
      see(at, row.revision);
    }
    for (const [at, seen] of held.gone) see(at, seen);
    return [...latest].map(([atMs, seen]) => {
      const events = starting.get(atMs) ?? [];
      return { revision: seen, held, instant: { atMs, gone: held.gone.has(atMs), events } };
    });
  };

  const dayOf = (event: SourcedEvent): number => Number(floorDiv(instantOf(event), 86_400_000n));

  /** Digests of days, without what moves; of those named, or of all that there are. */
  const sumsOf = (
    rows: readonly Row[],
    { fromUs, toUs }: Moving,
    days: readonly number[] = [...new Set(rows.map(dayOf))],
  ): DaySums =>
    new Map(
      days.map((day) => {
        const still = rows.filter((row) => dayOf(row) === day && !(endUs(row) > fromUs && endUs(row) < toUs));
        return [day, { events: still.length, hash: sum(still) }];
      }),
    );
  const endUs = (row: Row): bigint => instantOf(row) * 1000n + durationUs(row);

  const partsOf = (self: string, { buckets, events, moving, since }: WantedParts): RemotePart[] => {
    let left = events;
    return buckets.flatMap(({ bucketId, deviceId, before }) => {
      const device = devices.get(deviceId ?? self);
      const held = device?.buckets.get(bucketId);
      if (!device || !held) return [];
      const rows = device.deviceId === self ? [...held.rows.values()] : [...held.rows.values(), ...held.kept];
      const all = [...new Set(rows.map(dayOf))].sort((a, b) => b - a);
      const within: number[] = [];
      const walks = left > 0;
      for (const day of all) {
        if ((before !== null && day >= before) || left <= 0) continue;
        within.push(day);
        left -= rows.filter((row) => dayOf(row) === day).length;
      }
      const isAll = all.every((day) => (before !== null && day >= before) || within.includes(day));
      const span = walks ? { from: isAll ? null : within.at(-1)!, sums: sumsOf(rows, moving, within) } : null;
      return [
        {
          id: remoteBucket(device, held).id,
          bucketId,
          deviceId: device.deviceId,
          firstDay: all.at(-1) ?? null,
          recent: sumsOf(
            rows,
            moving,
            all.filter((day) => day >= since),
          ),
          span,
        },
      ];
    });
  };

  /** A bucket by the name that `remoteBucket` gives it. */
  const named = (id: string): { device: Device; held: Held } => {
    for (const device of devices.values())
      for (const held of device.buckets.values()) if (remoteBucket(device, held).id === id) return { device, held };
    throw new KtError('not_found', `no bucket ${id}`);
  };
  const sum = (rows: readonly Row[]): bigint => rows.reduce((total, row) => total + contentHash(row), 0n);

  const eventsOf = ({ rows, kept }: Held) => [...rows.values(), ...kept].sort((a, b) => Number(b.startUs - a.startUs));
  const called = (buckets: readonly { bucketId: string; type: string }[]) =>
    [...devices.values()]
      .flatMap((device) => [...device.buckets.values()].map((held) => ({ device, held })))
      .filter(
        ({ held }) =>
          eventsOf(held).length > 0 &&
          buckets.some(({ bucketId, type }) => bucketId === held.facts.id && type === held.facts.type),
      )
      .sort((a, b) => (`${a.device.deviceId}/${a.held.facts.id}` < `${b.device.deviceId}/${b.held.facts.id}` ? -1 : 1));
  const probeOf = (held: Held): HistoryProbe => {
    const events = eventsOf(held);
    const moments = evenly(events.at(-1)!.startUs, events[0]!.startUs);
    const spread = new Set(moments.map((us) => events.findLast(({ startUs }) => startUs >= us)!));
    return { newest: events.slice(0, PROBED).map(markOf), spread: [...spread].map(markOf) };
  };

  const self: MemoryRemote = {
    calls: [],
    before: () => undefined,
    after: () => undefined,
    refuses: () => null,
    get writes() {
      return writes;
    },
    rows: (deviceId, bucketId) =>
      [...(devices.get(deviceId)?.buckets.get(bucketId)?.rows.values() ?? [])].sort((a, b) =>
        Number(b.startUs - a.startUs),
      ),
    kept: (deviceId, bucketId) => devices.get(deviceId)?.buckets.get(bucketId)?.kept ?? [],
    async info() {
      self.calls.push('info');
      return { hostname: 'kt', version: '0', deviceId: 'server' };
    },
    async account() {
      self.calls.push('account');
      return account;
    },
    async devices() {
      self.calls.push('devices');
      return [...devices.values()];
    },
    async buckets() {
      self.calls.push('buckets');
      return [...devices.values()].flatMap((device) =>
        [...device.buckets.values()].map((held) => ({
          ...remoteBucket(device, held),
          events: held.rows.size + held.kept.length,
          pushed: held.rows.size,
          firstEventUs: null,
          lastEventUs: null,
        })),
      );
    },
    async register({ deviceId, hostname, awDeviceId, pass, nonce, compare }) {
      const compared = compare ? partsOf(deviceId, compare) : [];
      self.calls.push('register');
      self.before('register');
      const device = devices.get(deviceId) ?? {
        deviceId,
        hostname,
        awDeviceId,
        pass: 0,
        nonce: null,
        lastSyncUs: null,
        buckets: new Map(),
      };
      if (pass !== undefined) {
        const isNext = pass > device.pass || (pass === device.pass && nonce === device.nonce);
        if (!isNext) throw new KtError('device_in_use', `pass ${pass} is over`);
        Object.assign(device, { pass, nonce, lastSyncUs: clock.nowUs() });
      }
      devices.set(deviceId, Object.assign(device, { hostname, awDeviceId }));
      self.after('register');
      return {
        deviceUuid: deviceId,
        account,
        revision,
        pushed: [...device.buckets].map(([id, held]) => stateOf(id, held)),
        compared,
      };
    },
    async push({ deviceId, pass, buckets }) {
      self.calls.push('push');
      self.before('push');
      const device = devices.get(deviceId);
      if (!device || device.pass !== pass) throw new KtError('device_in_use', `pass ${pass} is over`);
      const results = buckets.map((bucket) => store(device, bucket));
      self.after('push');
      return { revision, results };
    },
    async facts() {
      self.calls.push('facts');
      return [...devices.values()].flatMap((device) =>
        [...device.buckets.values()].map((held) => remoteBucket(device, held)),
      );
    },
    async digest(bucket) {
      self.calls.push('digest');
      const { held } = named(bucket);
      const owned = [...held.rows.values()];
      const days = [...new Set([...owned, ...held.kept].map(dayOf))].sort((a, b) => a - b);
      return days.map((day) => {
        const mine = owned.filter((row) => dayOf(row) === day);
        const all = [...mine, ...held.kept.filter((row) => dayOf(row) === day)];
        return { day, events: all.length, hash: sum(all), pushed: mine.length, pushedHash: sum(mine) };
      });
    },
    async trashedLastDay(bucket) {
      self.calls.push('trashedLastDay');
      return named(bucket).held.trash.filter(({ atUs }) => clock.nowUs() - atUs < 86_400_000_000n).length;
    },
    async sources(bucket, day) {
      self.calls.push('sources');
      return [...named(bucket).held.rows.values()]
        .filter((row) => dayOf(row) === day)
        .map((row) => ({ sourceId: row.sourceId, hash: contentHash(row) }));
    },
    async instants(bucket, day) {
      self.calls.push('instants');
      const { held } = named(bucket);
      const on = (atMs: bigint) => Number(floorDiv(atMs, 86_400_000n)) === day;
      return instantsOf(held, -1n).flatMap(({ instant: { atMs, gone, events } }) =>
        on(atMs) ? [{ atMs, gone, events }] : [],
      );
    },
    async namesakes(buckets) {
      self.calls.push('namesakes');
      return new Set(called(buckets).map(({ held }) => held.facts.id));
    },
    async histories(buckets, after) {
      self.calls.push('histories');
      const all = called(buckets).map(({ device, held }) => {
        const { probe } = buckets.find(({ bucketId }) => bucketId === held.facts.id)!;
        const mine = {
          id: `${device.deviceId}/${held.facts.id}`,
          bucketId: held.facts.id,
          type: held.facts.type,
          deviceId: device.deviceId,
        };
        return { ...mine, probe: probeOf(held), isSame: isSameHistory(probe, eventsOf(held).map(markOf)) };
      });
      return all.filter(({ id }) => after === null || id > after).slice(0, 2);
    },
    async reclaim(deviceId) {
      self.calls.push('reclaim');
      const device = devices.get(deviceId);
      if (!device) throw new KtError('not_found', `no device ${deviceId}`);
      return { deviceId, pass: device.pass };
    },
    async changes({ after, excludeDevice, first = 5000 }) {
      self.calls.push('changes');
      if (after > revision) throw new KtError('resync_required', 'this cursor is not of this server');
      const all = [...devices.values()]
        .filter(({ deviceId }) => deviceId !== excludeDevice)
        .flatMap((device) => [...device.buckets.values()].flatMap((held) => instantsOf(held, after)))
        .sort((a, b) => Number(a.revision - b.revision));
      const last = all[Math.min(first, all.length) - 1]?.revision;
      const page = last === undefined ? [] : all.filter((item) => item.revision <= last);
      const more = page.length < all.length;
      const buckets = [...devices.values()].flatMap((device) =>
        [...device.buckets.values()].flatMap((held): ChangedBucket[] => {
          const instants = page.filter((item) => item.held === held).map(({ instant }) => instant);
          instants.sort((a, b) => (a.atMs < b.atMs ? -1 : 1));
          return instants.length === 0 ? [] : [{ bucket: remoteBucket(device, held), instants }];
        }),
      );
      return { revision: more ? last! : revision, more, account, buckets };
    },
  };
  return self;
};
