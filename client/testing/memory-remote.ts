/** A kt-server in memory, as far as a client can tell: for tests of the engine without a server. */
import { DAY_US } from '../../domain/day.ts';
import { KtError } from '../../domain/errors.ts';
import type { SourcedEvent } from '../../domain/event.ts';
import { contentHash } from '../../domain/sync/content-hash.ts';
import { dayOf, dayOfInstant } from '../../domain/sync/day-digest.ts';
import type { ToldProof } from '../../domain/sync/told-proof.ts';
import type { Clock, Remote } from '../sync/ports.ts';
import { heldAs, newestFirst, placesIn, remoteBucket, stateOf, type Account, type Device } from './memory/account.ts';
import { changesIn, instantsOf } from './memory/changes.ts';
import { called, historiesIn } from './memory/histories.ts';
import { digestOf, partsOf } from './memory/proof.ts';
import { store, type Refuses } from './memory/push.ts';

/** What tests see and steer of it. */
type Controls = {
  /** The calls so far, by name. */
  readonly calls: string[];
  /** Called before each push or registration is stored and after; what it throws is the answer. */
  before: (call: string) => void;
  after: (call: string) => void;
  refuses: Refuses;
  /** What devices told of their proofs, in order. */
  readonly told: ToldProof[];
};

export type MemoryRemote = Remote &
  Controls & {
    /** How many rows were written, ever. */
    readonly writes: number;
    /** The events of a bucket: its device's own, newest first, and those without owner. */
    rows(deviceId: string, bucketId: string): SourcedEvent[];
    kept(deviceId: string, bucketId: string): SourcedEvent[];
  };

type Reads = Omit<Remote, 'register' | 'push' | 'info' | 'account' | 'changes'>;

/** The calls that change nothing. */
const makeReads = (account: Account, note: (call: string) => void): Reads => ({
  async devices() {
    note('devices');
    return [...account.devices.values()];
  },
  async buckets() {
    note('buckets');
    return placesIn(account).map((place) => ({
      ...remoteBucket(place),
      events: place.held.rows.size + place.held.kept.length,
      pushed: place.held.rows.size,
      firstEventUs: null,
      lastEventUs: null,
    }));
  },
  async facts() {
    note('facts');
    return placesIn(account).map(remoteBucket);
  },
  async digest(bucket) {
    note('digest');
    return digestOf(heldAs(account, bucket));
  },
  async trashedLastDay(bucket) {
    note('trashedLastDay');
    return heldAs(account, bucket).trash.filter(({ atUs }) => account.clock.nowUs() - atUs < DAY_US).length;
  },
  async sources(bucket, day) {
    note('sources');
    return [...heldAs(account, bucket).rows.values()]
      .filter((row) => dayOf(row) === day)
      .map((row) => ({ sourceId: row.sourceId, hash: contentHash(row) }));
  },
  async instants(bucket, day) {
    note('instants');
    return instantsOf(heldAs(account, bucket), -1n).flatMap(({ instant }) =>
      dayOfInstant(instant.atMs) === day ? [instant] : [],
    );
  },
  async namesakes(buckets) {
    note('namesakes');
    return new Set(called(account, buckets).map(({ held }) => held.facts.id));
  },
  async histories(buckets, after) {
    note('histories');
    return historiesIn(account, buckets, after);
  },
  async reclaim(deviceId) {
    note('reclaim');
    const device = account.devices.get(deviceId);
    if (!device) throw new KtError('not_found', `no device ${deviceId}`);
    return { deviceId, pass: device.pass };
  },
});

/** The calls of a pass. */
const makePassCalls = (
  account: Account,
  id: string,
  controls: () => Controls,
): Pick<Remote, 'register' | 'push' | 'changes'> => ({
  async register({ deviceId, hostname, awDeviceId, pass, nonce, compare, proof }) {
    const test = controls();
    if (proof) test.told.push(proof);
    const compared = compare ? partsOf(account, deviceId, compare) : [];
    test.calls.push('register');
    test.before('register');
    const device: Device = account.devices.get(deviceId) ?? {
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
      Object.assign(device, { pass, nonce, lastSyncUs: account.clock.nowUs() });
    }
    account.devices.set(deviceId, Object.assign(device, { hostname, awDeviceId }));
    test.after('register');
    const pushed = [...device.buckets].map(([bucketId, held]) => stateOf(bucketId, held));
    return { deviceUuid: deviceId, account: id, revision: account.revision, pushed, compared };
  },
  async push({ deviceId, pass, buckets }) {
    const test = controls();
    test.calls.push('push');
    test.before('push');
    const device = account.devices.get(deviceId);
    if (!device || device.pass !== pass) throw new KtError('device_in_use', `pass ${pass} is over`);
    const results = buckets.map((bucket) => store(account, device, bucket, test.refuses));
    test.after('push');
    return { revision: account.revision, results };
  },
  async changes(asked) {
    controls().calls.push('changes');
    return { ...changesIn(account, asked), account: id };
  },
});

export const makeMemoryRemote = (clock: Clock, id = 'account-1'): MemoryRemote => {
  const account: Account = { clock, devices: new Map(), revision: 0n, writes: 0 };
  const heldOf = (deviceId: string, bucketId: string) => account.devices.get(deviceId)?.buckets.get(bucketId);
  const calls: string[] = [];
  const self: MemoryRemote = {
    calls,
    told: [],
    before: () => undefined,
    after: () => undefined,
    refuses: () => null,
    get writes() {
      return account.writes;
    },
    rows: (deviceId, bucketId) => newestFirst(heldOf(deviceId, bucketId)?.rows.values() ?? []),
    kept: (deviceId, bucketId) => heldOf(deviceId, bucketId)?.kept ?? [],
    async info() {
      calls.push('info');
      return { hostname: 'kt', version: '0', deviceId: 'server' };
    },
    async account() {
      calls.push('account');
      return id;
    },
    ...makeReads(account, (call) => calls.push(call)),
    ...makePassCalls(account, id, () => self),
  };
  return self;
};
