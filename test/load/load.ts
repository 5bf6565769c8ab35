/**
 * What devices do, at set rates: each is due at its time, whether those before it are answered or not, so that a slow
 * server does not slow the load down.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatDay } from '../../domain/day.ts';
import { bucketWith, PUSH, wireBucket } from '../support/pushing.ts';
import type { LoadDevice } from './people.ts';
import { makeTally, type Figures } from './tally.ts';
import type { Asked, Wire } from './wire.ts';

/** What is asked for in a second, of all devices together. */
export type Rates = {
  readonly heartbeats: number;
  readonly pushes: number;
  /** Pages of the dashboard: each asks for its overview, and what was most in use. */
  readonly dashboards: number;
};
export const KINDS = ['heartbeats', 'pushes', 'dashboards'] as const;
type Kind = (typeof KINDS)[number];

/** Requests that are under way at most: what is due beyond that is not sent, and told. */
const MOST_UNDER_WAY = 2_000;
/** Subscriptions that are opened at a time, when a step begins. */
const OPENED_AT_ONCE = 50;
/** How often it is looked what is due, in ms. */
const TICK = 5;
/** The share of heartbeats that are of another window than the one before. */
const CHANGES = 0.1;
/** Seconds within which a heartbeat prolongs the last event. */
const PULSETIME = 60;
/** The days of an overview. */
const WEEK = 7;
const DAY_MS = 86_400_000;

const OPERATIONS = readFileSync(new URL('../../web/src/data/operations.graphql', import.meta.url), 'utf8');
/** An operation of the dashboard's own, by its name. */
const operation = (name: string): string => {
  const found = new RegExp(`^query ${name}\\b[\\s\\S]*?^}$`, 'm').exec(OPERATIONS)?.[0];
  if (found === undefined) throw new Error(`the dashboard has no query ${name}`);
  return found;
};
const [OVERVIEW, TOP] = ['Overview', 'Top'].map(operation);

const graphql = (key: string, query: string, variables: unknown): Asked => ({
  method: 'POST',
  path: '/graphql',
  key,
  body: JSON.stringify({ query, variables }),
});

const heartbeat = (device: LoadDevice): Asked => {
  if (Math.random() < CHANGES) device.window += 1;
  const data = { app: `Application ${device.window % 24}`, title: `Window ${device.window}` };
  return {
    method: 'POST',
    path: `/api/0/buckets/${device.bucket}/heartbeat?pulsetime=${PULSETIME}`,
    key: device.key,
    body: JSON.stringify({ timestamp: new Date().toISOString(), duration: 0, data }),
  };
};

/** The next `count` events that its own aw-server has recorded, the last one just now. */
const push = (device: LoadDevice, count: number): Asked => {
  const end = Date.now();
  const events = Array.from({ length: count }, (_, n) => {
    const sourceId = (device.pushed += 1);
    return {
      sourceId: String(sourceId),
      timestamp: new Date(end - (count - n) * 1_000).toISOString(),
      duration: 0.9,
      data: { app: `Application ${sourceId % 24}`, title: `Window ${sourceId % 500}` },
    };
  });
  const bucket = wireBucket(bucketWith(events, { bucketId: 'window', hostname: device.hostname }));
  return graphql(device.key, PUSH, { input: { deviceId: device.id, pass: 1, buckets: [bucket] } });
};

/** A look at the last week: its course before the week before, and what was most in use. */
const dashboard = ({ key }: LoadDevice): Asked[] => {
  const today = Math.floor(Date.now() / DAY_MS);
  const weekTo = (day: number) => ({ first: formatDay(day - WEEK + 1), last: formatDay(day) });
  const range = weekTo(today);
  return [
    graphql(key, OVERVIEW!, {
      range,
      grain: 'DAY',
      before: weekTo(today - WEEK),
      beforeGrain: 'DAY',
      mode: 'UNION',
    }),
    graphql(key, TOP!, { range, mode: 'UNION', first: 10 }),
  ];
};

export type LoadFigures = Readonly<Record<Kind, Figures>> & {
  readonly subscriptions: {
    readonly open: number;
    readonly told: number;
    readonly errors: Readonly<Record<string, number>>;
  };
};

export type Load = {
  /** Opens as many subscriptions, and goes on with these rates until the next call. */
  set(devices: readonly LoadDevice[], rates: Rates): Promise<void>;
  /** What there was since the last time. */
  take(): LoadFigures;
  /** Sends nothing more, waits for answers under way, and leaves all subscriptions. */
  stop(): Promise<void>;
};

/** `wires`: of each server, in the order in which devices count them. `pushEvents`: of a push. */
export const makeLoad = (wires: readonly Wire[], pushEvents: number): Load => {
  const tallies = { heartbeats: makeTally(), pushes: makeTally(), dashboards: makeTally() };
  const broken = makeTally();
  const held = new Map<LoadDevice, { leave(): void }>();
  let [devices, rates]: [readonly LoadDevice[], Rates] = [[], { heartbeats: 0, pushes: 0, dashboards: 0 }];
  let [told, underWay] = [0, 0];
  /** When the next of each kind is due, in ms. */
  const due = { heartbeats: 0, pushes: 0, dashboards: 0 };
  let stopped = false;

  const subscribe = (device: LoadDevice): Promise<void> =>
    new Promise((resolve) => {
      const { leave } = wires[device.server]!.subscribe(device.key, {
        told: () => {
          told += 1;
          resolve();
        },
        ended: (why) => {
          broken.failed(why);
          held.delete(device);
          resolve();
        },
      });
      held.set(device, { leave });
    });

  const send = async (kind: Kind, device: LoadDevice, at: number): Promise<void> => {
    const tally = tallies[kind];
    const wire = wires[device.server]!;
    underWay += 1;
    const all =
      kind === 'heartbeats' ? [heartbeat(device)] : kind === 'pushes' ? [push(device, pushEvents)] : dashboard(device);
    const [failed] = (await Promise.all(all.map(wire.ask))).filter((one) => one !== null);
    underWay -= 1;
    if (failed === undefined) tally.well(performance.now() - at);
    else tally.failed(failed);
  };

  const tick = (): void => {
    const now = performance.now();
    for (const kind of KINDS) {
      if (rates[kind] === 0 || devices.length === 0) continue;
      for (; due[kind] <= now; due[kind] += 1_000 / rates[kind]) {
        tallies[kind].asked();
        const device = devices[Math.floor(Math.random() * devices.length)]!;
        if (underWay < MOST_UNDER_WAY) void send(kind, device, due[kind]);
        else tallies[kind].failed('not sent: too many are under way');
      }
    }
  };
  const timer = setInterval(tick, TICK);

  return {
    set: async (these, at) => {
      const missing = these.filter((device) => !held.has(device));
      while (missing.length > 0) await Promise.all(missing.splice(0, OPENED_AT_ONCE).map(subscribe));
      [devices, rates] = [these, at];
      for (const kind of KINDS) due[kind] = performance.now();
    },
    take: () => {
      const { errors } = broken.take();
      const subscriptions = { open: held.size, told, errors };
      told = 0;
      return {
        heartbeats: tallies.heartbeats.take(),
        pushes: tallies.pushes.take(),
        dashboards: tallies.dashboards.take(),
        subscriptions,
      };
    },
    stop: async () => {
      if (stopped) return;
      stopped = true;
      clearInterval(timer);
      while (underWay > 0) await sleep(TICK);
      for (const { leave } of held.values()) leave();
    },
  };
};
