/**
 * A computer in the model: a scripted aw-server that watchers write to, and kt-client's real engine with its state.
 * Everything uses the aw-server's REST routes, as a watcher, a user or an importer would.
 */
import { randomUUID } from 'node:crypto';
import { makeLocalServer } from '../../client/aw/local-server.ts';
import { makeRemoteServer } from '../../client/remote/remote-server.ts';
import { makeMemoryState } from '../../client/sync/saved-state.ts';
import type { Ports, State, SyncState } from '../../client/sync/ports.ts';
import { wellFormedJson } from '../../domain/data.ts';
import { makeFakeAw, type DumpedEvent, type FakeAw, type FakeAwSnapshot } from '../support/fake-aw/server.ts';
import type { Account } from './account.ts';
import { makeLife, type Life } from './life.ts';
import { HOSTNAMES, TITLES, type Draft, type Kind, type PassFault } from './ops.ts';
import { beyond, counted, isReadable, keyOf, listing, textOf, textsOf, type WireEvent } from './reading.ts';
import { smallPages } from './small-pages.ts';
import { at as nth, firstTimes, makeGate, through, type Fault, type Script } from './script.ts';

const AW = 'http://aw.test';
/** The most writes that a crash may take back from the database. */
const HISTORY = 4;

/** The clock of a model, in ms, which all parts of it use. */
export type Time = { nowMs: number };

/** A time in ns, printed with all of its digits. */
const printed = (ns: bigint): string => {
  const second = ns >= 0n ? ns / 1_000_000_000n : (ns - 999_999_999n) / 1_000_000_000n;
  const fraction = String(ns - second * 1_000_000_000n).padStart(9, '0');
  return `${new Date(Number(second) * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
};

export const makeMachine = (
  name: string,
  time: Time,
  account: Account,
  kind: Kind,
  hostname: number,
  hasSmallPages: boolean,
) => {
  const now = () => BigInt(time.nowMs) * 1_000_000n;
  let aw: FakeAw = makeFakeAw({ kind, hostname: HOSTNAMES[hostname]!, now });
  let state: State = makeMemoryState();
  let backup: FakeAwSnapshot | null = null;
  let history: FakeAwSnapshot[] = [];
  /** How often an event of each key was made, by bucket: the server may not have it more often. */
  const made = new Map<string, Map<string, number>>();
  /** What was deleted here, by bucket. */
  const deleted = new Map<string, DumpedEvent[]>();
  let drawn = 0;
  let readMs = 0;

  const ask = async (method: string, path: string, body?: unknown): Promise<boolean> => {
    const init = {
      method,
      ...(body === undefined
        ? {}
        : {
            headers: { 'content-type': 'application/json' },
            body: typeof body === 'string' ? body : JSON.stringify(body),
          }),
    };
    const { status } = await aw.fetch(new Request(`${AW}/api/0/${path}`, init));
    return (status >= 200 && status < 300) || status === 304;
  };
  const wireOf = ({ startNs, durationNs, data }: DumpedEvent) => ({
    timestamp: printed(startNs),
    duration: Number(durationNs) / 1e9,
    data,
  });
  const readable = (bucket: string): DumpedEvent[] =>
    (aw.dump()[bucket]?.events ?? []).filter(({ data }) => isReadable(data));
  const textsIn = (bucket: string): string[] => readable(bucket).map((event) => textOf(wireOf(event)));

  const count = (bucket: string, keys: readonly string[]): void => {
    const counts = made.get(bucket) ?? new Map<string, number>();
    made.set(bucket, counts);
    for (const [key, n] of counted(keys)) counts.set(key, (counts.get(key) ?? 0) + n);
  };

  /** A write to the aw-server, recorded for the case of a crash; the events that it makes are counted. */
  const write = async (bucket: string, work: () => Promise<boolean>): Promise<void> => {
    const before = textsIn(bucket).map(keyOf);
    history = [...history, aw.snapshot()].slice(-HISTORY);
    await work();
    count(bucket, beyond(textsIn(bucket).map(keyOf), before));
  };

  /** A new aw-server with the same history, imported in another order: other ids, the same `created`. */
  const importInto = async (next: FakeAw, order: number): Promise<void> => {
    const buckets = Object.entries(aw.dump()).map(([id, { events, ...facts }]) => {
      const shuffled =
        order === 0
          ? events
          : [...events].sort((a, b) => ((a.id * (order * 7919 + 1)) % 101) - ((b.id * (order * 7919 + 1)) % 101));
      return [
        id,
        {
          id,
          ...facts,
          data: wellFormedJson(facts.data as never),
          events: shuffled
            .filter(({ data }) => isReadable(data))
            .map(wireOf)
            .map((event) => ({ ...event, data: wellFormedJson(event.data as never) })),
        },
      ];
    });
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ buckets: Object.fromEntries(buckets) }),
    };
    const { status } = await next.fetch(new Request(`${AW}/api/0/import`, init));
    if (status !== 200) throw new Error(`the import was answered with ${status}`);
    aw = next;
    backup = null;
    history = [];
  };

  const machine = {
    name,
    made,
    get aw() {
      return aw;
    },
    get state() {
      return state;
    },
    /** What happened to it: each of these relaxes what must be true in the end. */
    facts: { otherIds: false, spoiled: false, swapped: false, shrunk: false, deleted: 0 },

    /** How many events each copy had when the last pass completed; empty when one did not. */
    left: new Map<string, number>(),
    /** The copies that it held back. */
    heldBack: new Set<string>(),
    forgetCopies(): void {
      machine.left = new Map();
      machine.heldBack = new Set();
    },
    /** From now on each read of the aw-server takes this long. */
    slow: (ms: number): void => void (readMs = ms),

    titled: (title: number) => ({ app: 'model', title: TITLES[title]! }),
    wire: ({ ago, micros, length, title }: Draft, backDays = 0) => ({
      timestamp: printed(
        (BigInt(time.nowMs) - BigInt(ago + backDays * 86_400) * 1000n) * 1_000_000n +
          BigInt(micros) * 1000n -
          1_000_000_000n,
      ),
      duration: length / 1000,
      data: machine.titled(title),
    }),
    makeBucket: (id: string): Promise<boolean> =>
      ask('POST', `buckets/${id}`, {
        type: 'currentwindow',
        client: 'model',
        hostname: aw.hostname.replace(/\s/g, '_'),
      }),
    dropBucket: (id: string): Promise<boolean> => ask('DELETE', `buckets/${id}?force=1`),
    record: (bucket: string, events: readonly object[]) =>
      write(bucket, () => ask('POST', `buckets/${bucket}/events`, events)),
    recordNaN: (bucket: string, { timestamp }: Pick<WireEvent, 'timestamp'>) =>
      ask('POST', `buckets/${bucket}/events`, `[{"timestamp": "${timestamp}", "data": {"odd": NaN}}]`),
    /** On an aw-server that is not this machine's (`beside`). */
    recordElsewhere: (bucket: string, events: readonly object[]) => ask('POST', `buckets/${bucket}/events`, events),
    beat: (bucket: string, event: object) =>
      write(bucket, () => ask('POST', `buckets/${bucket}/heartbeat?pulsetime=60`, event)),
    /** Under its id, which is how the web UI edits an event. */
    put: (bucket: string, event: DumpedEvent, change: Partial<Omit<WireEvent, 'id'>>) =>
      write(bucket, () => ask('POST', `buckets/${bucket}/events`, [{ id: event.id, ...wireOf(event), ...change }])),
    /** Events of another machine, without their ids. */
    takeAlong: (bucket: string, events: readonly DumpedEvent[]) =>
      write(bucket, () =>
        ask(
          'POST',
          `buckets/${bucket}/events`,
          events.map(wireOf).map((event) => ({ ...event, data: wellFormedJson(event.data as never) })),
        ),
      ),
    again: (bucket: string, event: DumpedEvent, longer: number) =>
      write(bucket, () =>
        ask('POST', `buckets/${bucket}/events`, [{ ...wireOf(event), duration: wireOf(event).duration + longer }]),
      ),
    delete(bucket: string, id: number): Promise<void> {
      machine.facts.deleted += 1;
      // Where deletions are held, more than half of the witnesses are gone: a new epoch begins, and the server keeps
      // the rows.
      machine.facts.otherIds ||= machine.facts.deleted > 10;
      const event = readable(bucket).find((one) => one.id === id);
      if (event) deleted.set(bucket, [...(deleted.get(bucket) ?? []), event]);
      return write(bucket, () => ask('DELETE', `buckets/${bucket}/events/${id}`));
    },
    /** What was deleted from a bucket since this was last called. */
    takeDeleted(bucket: string): readonly DumpedEvent[] {
      const events = deleted.get(bucket) ?? [];
      deleted.delete(bucket);
      return events;
    },

    /** Counts an event that was made on the server, in what lies there as this machine's bucket. */
    madeElsewhere: (bucket: string, event: Omit<WireEvent, 'id'>): void => count(bucket, [keyOf(textOf(event))]),

    buckets: () => aw.dump(),
    /** A bucket's events in listing order. */
    dumped: readable,
    /** How many events each copy has. */
    copySizes: (): Map<string, number> =>
      new Map(
        Object.entries(aw.dump())
          .filter(([, { client }]) => client.startsWith('kt-client:'))
          .map(([id, { events }]) => [id, events.length]),
      ),
    /** Over REST, as text. */
    texts: async (bucket: string): Promise<string[]> =>
      textsOf(await listing((path) => aw.fetch(new Request(AW + path)), bucket)),

    /** What the web UI exports: every bucket, copies too. */
    /** The text of its export: no JSON where the Python aw-server holds NaN. */
    exported: async (): Promise<string> => (await aw.fetch(new Request(`${AW}/api/0/export`))).text(),

    backup: () => void (backup = aw.snapshot()),
    restore: (): boolean => {
      if (backup === null) return false;
      aw.restore(backup);
      return true;
    },
    crash: (back: number): boolean => {
      const snapshot = history.at(-1 - back);
      if (snapshot === undefined) return false;
      history = [];
      aw.restore(snapshot);
      return true;
    },
    rebuild: (order: number) =>
      importInto(makeFakeAw({ kind: aw.kind, hostname: aw.hostname, deviceId: aw.deviceId, now }), order),
    swap: (order: number) =>
      importInto(makeFakeAw({ kind: aw.kind === 'rust' ? 'python' : 'rust', hostname: aw.hostname, now }), order),
    rename: (to: number): void => {
      const next = makeFakeAw({ kind: aw.kind, hostname: HOSTNAMES[to]!, deviceId: aw.deviceId, now });
      next.restore(aw.snapshot());
      aw = next;
    },
    /** Replaces the aw-server with another one while `work` runs. */
    beside: async (other: FakeAw, work: () => Promise<void>): Promise<void> => {
      const own = aw;
      aw = other;
      try {
        await work();
      } finally {
        aw = own;
      }
    },
    /** As `kt-client setup --same-device` does: accepts the current aw-server as the device's. */
    settleAw: async (): Promise<void> => {
      const { hostname, deviceId } = aw;
      await state.save({ ...(await state.load())!, aw: { hostname, deviceId, testing: false } });
    },
    /** The same history beside another aw-server, and no state: files restored, or (from order 1 on) imported. */
    reinstall: async (to: number, order: number): Promise<void> => {
      const next = makeFakeAw({ kind: aw.kind, hostname: HOSTNAMES[to]!, now });
      if (order === 0) next.restore(aw.snapshot());
      if (order === 0) aw = next;
      else await importInto(next, order);
      await machine.loseState();
    },
    /** The device that it was before it lost its state. */
    former: null as string | null,
    become: async (next: SyncState): Promise<void> => state.save(next),
    loseState: async (): Promise<void> => {
      machine.former = (await state.load())?.deviceId ?? machine.former;
      state = makeMemoryState();
      machine.heldBack = new Set();
    },
    cloneState: async (): Promise<State> => makeMemoryState(await state.load()),
    settleAs: async (pass: number): Promise<void> => {
      const was = (await state.load())!;
      await state.save({ ...was, pass: Math.max(was.pass, pass), nonce: null, refused: false });
    },

    /** The environment of a run of kt-client, with the given `fault`. */
    ports: (fault: PassFault | null, given: State = state) => {
      const dies = fault?.how === 'die before' || fault?.how === 'die after' || fault?.how === 'stall';
      const life: Life = makeLife(
        fault && dies
          ? { at: fault.how === 'stall' ? 'push' : fault.at, when: fault.how === 'die after' ? 'after' : 'before' }
          : null,
      );
      const gate = makeGate(fault && !dies ? scriptOf(fault) : undefined);
      let asked = 0;
      let read = 0;
      const local = makeLocalServer({
        url: AW,
        fetch: life.fetch(through(gate, (request) => (read++, aw.fetch(request)))),
      });
      const ports: Ports = {
        local: hasSmallPages ? smallPages(local) : local,
        remote: makeRemoteServer({
          url: account.url,
          apiKey: account.key,
          retries: fault?.retries ?? 0,
          sleep: async () => undefined,
          fetch: life.fetch((request) => (asked++, through(gate, account.fetch)(request)), true),
        }),
        state: life.state(given),
        clock: { nowUs: () => BigInt(time.nowMs + read * readMs) * 1000n },
        random: { uuid: randomUUID, nonce: () => `${name} ${++drawn} ${randomUUID()}` },
      };
      return { ports, life, asked: () => asked };
    },
  };
  return machine;
};

export type Machine = ReturnType<typeof makeMachine>;

const FAULTS: Readonly<Record<string, Fault>> = {
  lost: { kind: 'lost' },
  half: { kind: 'half' },
  unanswered: { kind: 'unanswered' },
  torn: { kind: 'torn' },
  '500': { kind: 'refused', status: 500 },
  '503': { kind: 'refused', status: 503, retryAfter: 1 },
};
const scriptOf = ({ at, how }: PassFault): Script =>
  how === 'half' ? firstTimes(1, FAULTS[how]!, 'PushEvents') : nth(at, FAULTS[how]!);
