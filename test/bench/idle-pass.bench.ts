/**
 * The cost of a pass that finds nothing new, with a year of history, and how much of it is for the part that it proves
 * (spec/sync 4.4): requests, bytes on both connections, rows written, and time, next to the same pass without the part.
 * kt-server and the aw-server are processes of their own, on PostgreSQL; the client is this one. First passes in a row;
 * then one each hour of a day, by a clock that is advanced, in which everything must be proven. Fails when a pass
 * writes a row, or sends the server more than three requests.
 */
import { parseArgs } from 'node:util';
import pg from 'pg';
import { makeLocalServer } from '../../client/aw/local-server.ts';
import { makeRemoteServer } from '../../client/remote/remote-server.ts';
import { makeMemoryState } from '../../client/sync/saved-state.ts';
import { sync, type SyncOptions } from '../../client/sync/engine.ts';
import type { Clock } from '../../client/sync/ports.ts';
import { saveDatabase } from '../support/fake-aw/file.ts';
import { makeProcesses, type Processes } from '../support/processes.ts';
import { startThrowawayPostgres } from '../support/throwaway-postgres.ts';
import { openRelay, type Relay } from './relay.ts';
import { year } from './year.ts';

const { values } = parseArgs({
  options: { events: { type: 'string', default: '545000' }, peer: { type: 'boolean', default: false } },
});
const EVENTS = Number(values.events);
const IN_A_ROW = 9;
const HOURS = 24;
const HOUR_US = 3_600_000_000n;
/** Tables whose rows a pass may write only if there is something new. */
const TABLES = ['events', 'buckets', 'deleted_events', 'trashed_events'] as const;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const must = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(what);
};

/** The cost of one pass. `read`: events that its walk read here, without those of the newest days. */
type Cost = {
  readonly ms: number;
  readonly asked: number;
  readonly localAsked: number;
  readonly server: { up: number; down: number };
  readonly local: { up: number; down: number };
  readonly rows: number;
  readonly read: number;
};

const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;
const of = (costs: readonly Cost[], pick: (cost: Cost) => number): number => median(costs.map(pick));
const kb = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;

const told = (name: string, costs: readonly Cost[]): string =>
  `  ${name}: ${of(costs, ({ ms }) => ms).toFixed(0)} ms; server: ${of(costs, ({ asked }) => asked)} requests, ` +
  `${kb(of(costs, ({ server }) => server.up))} up, ${kb(of(costs, ({ server }) => server.down))} down; ` +
  `aw-server: ${of(costs, ({ localAsked }) => localAsked)} requests, ${kb(of(costs, ({ local }) => local.up))} up, ` +
  `${kb(of(costs, ({ local }) => local.down))} down; ${of(costs, ({ read }) => read)} events walked; ` +
  `${Math.max(...costs.map(({ rows }) => rows))} rows written`;

type Device = {
  /** A pass when this device's clock is `hours` later. */
  pass(hours: number, options?: SyncOptions): Promise<Cost>;
  /** Its summary of what was compared. */
  compared(): string;
};

type World = {
  readonly processes: Processes;
  readonly url: string;
  readonly key: string;
  readonly database: pg.Client;
};

const openDevice = async (
  { processes, url, key, database }: World,
  awArgs: readonly string[],
  relays: Relay[],
): Promise<Device> => {
  const aw = processes.aw(['--kind', 'rust', '--port', '0', ...awArgs]);
  const [line] = await aw.says(/\{.*\}\n/);
  const toServer = await openRelay(Number(new URL(url).port));
  const toAw = await openRelay((JSON.parse(line) as { port: number }).port);
  relays.push(toServer, toAw);
  let [asked, localAsked] = [0, 0];
  let hoursOn = 0;
  const clock: Clock = { nowUs: () => BigInt(Date.now()) * 1000n + BigInt(hoursOn) * HOUR_US };
  const state = makeMemoryState();
  const ports = {
    local: makeLocalServer({
      url: `http://127.0.0.1:${toAw.port}`,
      fetch: (request, init) => (localAsked++, fetch(request, init)),
    }),
    remote: makeRemoteServer({
      url: `http://127.0.0.1:${toServer.port}`,
      apiKey: key,
      fetch: (request, init) => (asked++, fetch(request, init)),
    }),
    state,
    clock,
    random: { uuid: () => crypto.randomUUID(), nonce: () => crypto.randomUUID() },
  };
  let words = '';
  let before = { total: 0, read: 0 };
  return {
    compared: () => words,
    async pass(hours, options = {}) {
      hoursOn = hours;
      const {
        rows: [last],
      } = await database.query<{ xid: string }>('select txid_current()::text as xid');
      for (const relay of [toServer, toAw]) relay.taken();
      [asked, localAsked] = [0, 0];
      const began = performance.now();
      const report = await sync(ports, options);
      const ms = performance.now() - began;
      const off = [...report.pushed, ...report.pulled].filter(({ outcome }) => !/in_step|skipped/.test(outcome));
      must(off.length === 0, `not in step: ${off.map(({ bucket, reason }) => `${bucket}: ${reason}`).join('; ')}`);
      if (report.compared) {
        const { events, sinceMs, daysLeft } = report.compared;
        const age = sinceMs === null ? null : (Number(report.endedUs / 1000n) - sinceMs) / 3_600_000;
        words =
          `${events} events, ` +
          `${age === null ? `${daysLeft} days not yet proven` : `all proven within ${age.toFixed(1)} h`}`;
      }
      const round = (await state.load())!.round ?? before;
      const read = options.nudged ? 0 : round.read > before.read ? round.read - before.read : round.total - before.read;
      if (!options.nudged) before = { total: round.total, read: round.read };
      // Rows written by later transactions have a higher number.
      const written = TABLES.map((table) => `(select count(*) from ${table} where xmin::text::bigint > $1)`).join(
        ' + ',
      );
      const {
        rows: [row],
      } = await database.query<{ n: string }>(`select (${written})::text as n`, [last!.xid]);
      return { ms, asked, localAsked, server: toServer.taken(), local: toAw.taken(), rows: Number(row!.n), read };
    },
  };
};

const bench = async (name: string, device: Device): Promise<void> => {
  /**
   * A pass at each of these hours, optionally after one without the part: alternating, so that load on the machine
   * affects both alike.
   */
  const series = async (hours: readonly number[], both: boolean): Promise<{ withPart: Cost[]; without: Cost[] }> => {
    const costs = { withPart: [] as Cost[], without: [] as Cost[] };
    for (const hour of hours) {
      if (both) costs.without.push(await device.pass(hour, { nudged: true }));
      costs.withPart.push(await device.pass(hour));
    }
    for (const { asked, rows } of [...costs.without, ...costs.withPart])
      must(asked <= 3 && rows === 0, `${asked} requests and ${rows} rows`);
    return costs;
  };
  await series([0, 0], true); // to warm up
  const { withPart, without } = await series(
    Array.from({ length: IN_A_ROW }, () => 0),
    true,
  );
  say(`${name}, ${IN_A_ROW} passes in a row:`);
  say(told('without the part', without));
  say(told('with it', withPart));
  const ratio = (pick: (cost: Cost) => number) => (of(withPart, pick) / of(without, pick)).toFixed(2);
  say(
    `  with it to without: ms ${ratio(({ ms }) => ms)}, bytes of the server ` +
      `${ratio(({ server }) => server.up + server.down)}, ` +
      `of the aw-server ${ratio(({ local }) => local.up + local.down)}, ` +
      `requests to the server ${ratio(({ asked }) => asked)}`,
  );
  say(`  then: ${device.compared()}`);
  const day = await series(
    Array.from({ length: HOURS }, (_, hour) => hour + 1),
    false,
  );
  say(`${name}, a pass each hour of a day:`);
  say(told('with its part', day.withPart));
  say(`  then: ${device.compared()}`);
};

/**
 * A first pass, until everything is in step: on a busy machine a connection may be lost, and the next pass continues.
 */
const first = async (device: Device): Promise<string> => {
  const began = performance.now();
  for (let tries = 1; ; tries++) {
    try {
      await device.pass(0);
      return `${((performance.now() - began) / 1000).toFixed(0)} s, ${tries} passes`;
    } catch (error) {
      if (tries === 5) throw error;
    }
  }
};

const processes = makeProcesses();
const relays: Relay[] = [];
const postgres = await startThrowawayPostgres();
if (!postgres) {
  say('No PostgreSQL server was found, so nothing was measured.');
} else {
  const database = new pg.Client(postgres.url);
  try {
    await database.connect();
    const server = processes.server(['--data-dir', processes.folder(), '--port', '0', '--database-url', postgres.url]);
    const [, url = ''] = await server.says(/ready at (\S+)\n/);
    const [, key = ''] = await server.says(/API key +(kt_\S+)/);
    const world = { processes, url, key, database };
    const file = `${processes.folder()}/year.json`;
    saveDatabase(file, { kind: 'rust', deviceId: 'aw-lap', snapshot: year('rust', EVENTS) });
    say(`\nPostgreSQL ${postgres.version}, ${EVENTS} events`);
    const lap = await openDevice(world, ['--hostname', 'lap', '--file', file], relays);
    say(`the year is pushed: ${await first(lap)}`);
    await database.query('vacuum (analyze) events');
    await bench('own buckets', lap);
    if (values.peer) {
      const desk = await openDevice(world, ['--hostname', 'desk', '--device-id', 'aw-desk'], relays);
      say(`the year is pulled: ${await first(desk)}`);
      await bench('copies', desk);
    }
  } finally {
    await database.end();
    for (const relay of relays) await relay.close();
    await processes.close();
    await postgres.stop();
  }
}
