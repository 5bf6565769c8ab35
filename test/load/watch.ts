/** What servers and their PostgreSQL are busy with meanwhile: by /metrics, pg_stat_activity, and /proc where it is. */
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { descendants } from '../support/throwaway-postgres.ts';

/** Between two looks, in ms. */
const LOOK_EVERY = 1_000;

/** Of a server, in a step. */
type ServerFigures = {
  /** Seconds of CPU in a second. */
  readonly cpu: number;
  /** Resident memory, in MB: at the end, and the most seen. */
  readonly rss: number;
  readonly rssMost: number;
  /** What is used of JavaScript's heap at least, in MB: right after it was collected. */
  readonly heapLeast: number;
  /** The event loop's delay, in ms: the median of what 99 % stayed below within a second, and the longest. */
  readonly delayP99: number;
  readonly delayMost: number;
  /** Of the pool, at most: connections busy, and requests that waited for one. */
  readonly busyMost: number;
  readonly waitingMost: number;
};

type PostgresFigures = {
  readonly commits: number;
  /** A second. */
  readonly walBytes: number;
  /** Sessions that waited for a lock, at most, and on average. */
  readonly waitingForLocksMost: number;
  readonly waitingForLocks: number;
  /** Sessions that worked, on average, by what they waited for; `CPU`: for nothing. */
  readonly active: Readonly<Record<string, number>>;
  /** Seconds of CPU in a second of all its processes; null where that is not to be seen from here. */
  readonly cpu: number | null;
};

export type Watched = {
  readonly seconds: number;
  readonly servers: readonly ServerFigures[];
  readonly postgres: PostgresFigures;
  /** Of this process, which makes the load, and of the machine with all that runs there; null where not to be seen. */
  readonly loadCpu: number;
  readonly machineCpu: number | null;
};

/** The series of a page of metrics, by name and labels. */
export const seriesOf = (page: string): Map<string, number> =>
  new Map(
    page.split('\n').flatMap((line): [string, number][] => {
      const found = /^([a-zA-Z_][^ ]*(?:\{.*\})?) (\S+)$/.exec(line);
      return found && !line.startsWith('#') ? [[found[1]!, Number(found[2])]] : [];
    }),
  );

type Look = {
  readonly cpu: number;
  readonly rss: number;
  readonly heap: number;
  readonly p99: number;
  readonly max: number;
  readonly busy: number;
  readonly waiting: number;
};

const MB = 1e6;
const lookAt = async (url: string, key: string | undefined): Promise<Look> => {
  const response = await fetch(`${url.replace(/\/$/, '')}/metrics`, {
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
  });
  const page = await response.text();
  if (!response.ok) throw new Error(`${url}/metrics: ${response.status} ${page.slice(0, 300)}`);
  const series = seriesOf(page);
  const of = (name: string): number => series.get(name) ?? Number.NaN;
  return {
    cpu: of('process_cpu_seconds_total'),
    rss: of('process_resident_memory_bytes') / MB,
    heap: of('nodejs_heap_size_used_bytes') / MB,
    p99: of('nodejs_eventloop_lag_p99_seconds') * 1_000,
    max: of('nodejs_eventloop_lag_max_seconds') * 1_000,
    busy: of('kt_database_connections{state="busy"}'),
    waiting: of('kt_database_connections{state="waiting"}'),
  };
};

/** Clock ticks of /proc in a second: Linux's USER_HZ. */
const TICKS = 100;
/** Seconds of CPU that a process has taken; 0 for one that is gone. */
const cpuOf = (pid: number): number => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  } catch {
    return 0;
  }
};
/** Seconds of CPU that everything on this machine has taken. */
const machineCpu = (): number | null => {
  if (!existsSync('/proc/stat')) return null;
  const [user, nice, system, , , irq, softirq, steal] = readFileSync('/proc/stat', 'utf8')
    .split('\n')[0]!
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user! + nice! + system! + irq! + softirq! + steal!) / TICKS;
};

const COUNTERS = `
  select (select xact_commit from pg_stat_database where datname = current_database())::float8 as commits,
    pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 as wal`;
const ACTIVE = `select coalesce(wait_event_type || ' ' || wait_event, 'CPU') as on, count(*)::int as sessions,
  (coalesce(wait_event_type, '') = 'Lock') as locked
  from pg_stat_activity where datname = current_database() and state = 'active' and pid <> pg_backend_pid()
    and backend_type = 'client backend' group by 1, 3`;

const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]!;
const most = (list: readonly number[]): number => list.reduce((a, b) => Math.max(a, b), -Infinity);

export type Watch = {
  /** What there was since the last time. Fails when a look has failed. */
  take(): Promise<Watched>;
  close(): Promise<void>;
};

/** Watches from now on. `databaseUrl`: PostgreSQL itself, by which it is asked. */
export const startWatch = async (
  urls: readonly string[],
  databaseUrl: string,
  metricsKey: string | undefined,
): Promise<Watch> => {
  const database = new pg.Client(databaseUrl);
  await database.connect();
  const { rows } = await database.query<{ pid: number }>('select pg_backend_pid() as pid');
  // Its parent is the first process of PostgreSQL, where both run on this machine.
  const ownStat = `/proc/${rows[0]!.pid}/stat`;
  const isHere = existsSync(ownStat) && /\(postgres\)/.test(readFileSync(ownStat, 'utf8'));
  const parent = isHere
    ? Number(
        readFileSync(ownStat, 'utf8')
          .replace(/^.*\) /, '')
          .split(' ')[1],
      )
    : null;
  /** By process: those that end meanwhile keep what they took. */
  const taken = new Map<number, number>();
  const postgresCpu = (): number | null => {
    if (parent === null) return null;
    for (const pid of descendants([parent])) taken.set(pid, Math.max(taken.get(pid) ?? 0, cpuOf(pid)));
    return [...taken.values()].reduce((a, b) => a + b, 0);
  };
  const counters = async () => (await database.query<{ commits: number; wal: number }>(COUNTERS)).rows[0]!;
  const looks = urls.map((): Look[] => []);
  const active: { on: string; sessions: number; locked: boolean }[][] = [];
  const look = async (): Promise<void> => {
    const [found, sessions] = await Promise.all([
      Promise.all(urls.map((url) => lookAt(url, metricsKey))),
      database.query<{ on: string; sessions: number; locked: boolean }>(ACTIVE),
    ]);
    for (const [i, one] of found.entries()) looks[i]!.push(one);
    active.push(sessions.rows);
  };
  const state = async () => {
    await look();
    const firsts = looks.map((list) => list.at(-1)!);
    const { user, system } = process.cpuUsage();
    return {
      at: performance.now(),
      firsts,
      ...(await counters()),
      postgres: postgresCpu(),
      load: (user + system) / 1e6,
      machine: machineCpu(),
    };
  };
  let before = await state();
  const clear = (): void => {
    for (const list of looks) list.length = 0;
    active.length = 0;
  };
  clear();

  let fault: unknown;
  const closing = new AbortController();
  let looking: Promise<void> = Promise.resolve();
  const going = (async () => {
    while (!closing.signal.aborted) {
      await sleep(LOOK_EVERY, undefined, { signal: closing.signal }).catch(() => {});
      if (closing.signal.aborted) return;
      looking = look().catch((error: unknown) => void (fault ??= error));
      await looking;
    }
  })();

  return {
    take: async () => {
      await looking;
      if (fault !== undefined) throw fault;
      const now = await state();
      const seconds = (now.at - before.at) / 1_000;
      const per = (a: number | null, b: number | null): number | null =>
        a === null || b === null ? null : (b - a) / seconds;
      const servers = looks.map(
        (list, i): ServerFigures => ({
          cpu: per(before.firsts[i]!.cpu, now.firsts[i]!.cpu)!,
          rss: list.at(-1)!.rss,
          rssMost: most(list.map(({ rss }) => rss)),
          heapLeast: -most(list.map(({ heap }) => -heap)),
          delayP99: median(list.map(({ p99 }) => p99)),
          delayMost: most(list.map(({ max }) => max)),
          busyMost: most(list.map(({ busy }) => busy)),
          waitingMost: most(list.map(({ waiting }) => waiting)),
        }),
      );
      const locked = active.map((list) => list.reduce((sum, one) => sum + (one.locked ? one.sessions : 0), 0));
      const by = new Map<string, number>();
      for (const { on, sessions } of active.flat()) by.set(on, (by.get(on) ?? 0) + sessions / active.length);
      const postgres: PostgresFigures = {
        commits: per(before.commits, now.commits)!,
        walBytes: per(before.wal, now.wal)!,
        waitingForLocksMost: most(locked),
        waitingForLocks: locked.reduce((a, b) => a + b, 0) / locked.length,
        active: Object.fromEntries([...by].sort((a, b) => b[1] - a[1]).slice(0, 8)),
        cpu: per(before.postgres, now.postgres),
      };
      const watched = {
        seconds,
        servers,
        postgres,
        loadCpu: per(before.load, now.load)!,
        machineCpu: per(before.machine, now.machine),
      };
      before = now;
      clear();
      return watched;
    },
    close: async () => {
      closing.abort();
      await going;
      await database.end();
    },
  };
};
