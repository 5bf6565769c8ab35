/**
 * PostgreSQL as companies run it: three nodes that Patroni keeps, one of them the leader and one its synchronous
 * standby, etcd to which the leader holds its lease, and HAProxy, which passes connections to whoever answers
 * `/primary`. All on loopback, in temporary folders, gone when closed. Between each node and etcd is a relay that can
 * be cut.
 */
import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { findProgram } from '../proxies/program.ts';
import { makeProcesses, type Running } from '../support/processes.ts';
import { steadyPorts } from '../support/steady-ports.ts';
import { descendants, identity, postgresPrograms } from '../support/throwaway-postgres.ts';
import { until } from '../support/until.ts';
import { openRelay, type Relay } from './relay.ts';
import { answerOf, lastLines } from './report.ts';

const PROGRAMS = ['etcd', 'patroni', 'haproxy'] as const;
const NAMES = ['ann', 'bea', 'cyd'] as const;

/** What of the programs is not installed here; none when a cluster can be brought up. */
export const missingPrograms = (): string[] => [
  ...PROGRAMS.filter((name) => findProgram(name) === null),
  ...(postgresPrograms() === null ? ['postgresql'] : []),
];

/** Tries of 50 ms for what may wait for a lease of 20 s to end, and for a node to copy another. */
const TRIES = 2_400;

/**
 * Whether Patroni is to speak to etcd by v2 of its protocol, and not v3. Before 3.1 it believes what it last heard by
 * v3: a leader that stood still and goes on finds that its lease is over, takes another one, and writes itself into the
 * leader's key, whoever is in there by now (https://github.com/patroni/patroni/pull/2689). By v2 that is a comparison
 * and a write in one step.
 */
const speaksV2 = (): boolean => {
  const { stdout } = spawnSync(findProgram('patroni')!, ['--version'], { encoding: 'utf8' });
  const [, major, minor] = /(\d+)\.(\d+)/.exec(stdout) ?? [];
  return Number(major) < 3 || (Number(major) === 3 && Number(minor) < 1);
};

/**
 * In ms. To a machine that stood still, what was not delivered meanwhile is sent again, some time after it goes on: it
 * acts on what it knew before. Without this it is chance what it does first.
 */
const LATE = 300;

/** What Patroni tells of a member: `role` is leader, sync_standby or replica. */
type Member = { readonly name: string; readonly role: string; readonly state: string; readonly timeline?: number };

type Node = {
  readonly name: string;
  /** To etcd. */
  readonly relay: Relay;
  /** One value from its own PostgreSQL, past HAProxy. */
  ask(sql: string): Promise<unknown>;
  /** `kill -9` of Patroni and of every process of its PostgreSQL, as when the machine goes. */
  kill(): void;
  /** Starts it again after `kill`. */
  start(): void;
  /** Stops every process of it where it is, until `thaw`. What etcd says meanwhile reaches it `LATE` after that. */
  freeze(): void;
  thaw(): void;
  /** Stops those processes of its PostgreSQL alone that send its log to the standbys. */
  freezeSenders(): void;
};

export type Cluster = {
  /** The database `kt` of the leader, whoever that is, through HAProxy. */
  readonly url: string;
  readonly nodes: readonly Node[];
  /** Waits for one. `besides`: a node that is not it any more, and is not asked either. */
  leader(besides?: Node): Promise<Node>;
  /**
   * Until there is one leader, and every other node streams from it: one of them synchronously, or none where that is
   * what is waited for.
   */
  whole(synchronous?: boolean): Promise<void>;
  /** Asks Patroni for a switchover from the leader to its synchronous standby. */
  switchOver(): Promise<void>;
  /** Changes the configuration that the nodes share. */
  configure(change: Record<string, unknown>): Promise<void>;
  close(): Promise<void>;
};

/** `kt` owns its database and is nobody special, as in docs/scaling.md. */
const ROLE = 'kt';

/** Takes some ten seconds. Fails with what the programs said. Null programs: see `missingPrograms`. */
export const startCluster = async (): Promise<Cluster> => {
  const processes = makeProcesses();
  const as = identity();
  const folder = (): string => {
    const made = processes.folder();
    if (as) chownSync(made, as.uid, as.gid);
    return made;
  };
  const run = (program: string, args: readonly string[], cwd: string): Running =>
    processes.program([findProgram(program)!, ...args], { cwd, env: { ...process.env, HOME: cwd }, ...as });

  const isV2 = speaksV2();
  const [clientPort = 0, peerPort = 0, port = 0, ...nodePorts] = await steadyPorts(3 + 2 * NAMES.length);
  const etcdFolder = folder();
  const [client, peer] = [`http://127.0.0.1:${clientPort}`, `http://127.0.0.1:${peerPort}`];
  const etcd = run(
    'etcd',
    [
      ['data-dir', join(etcdFolder, 'data')],
      ['name', 'etcd'],
      ['listen-client-urls', client],
      ['advertise-client-urls', client],
      ['listen-peer-urls', peer],
      ['initial-advertise-peer-urls', peer],
      ['initial-cluster', `etcd=${peer}`],
      ['log-level', 'error'],
      ['unsafe-no-fsync', 'true'],
      ...(isV2 ? [['enable-v2', 'true']] : []),
    ].map(([name, value]) => `--${name}=${value}`),
    etcdFolder,
  );
  const fail = (why: string, { output }: Running): never => {
    throw new Error(`${why}: ${output.stdout.slice(-3_000)}${output.stderr.slice(-3_000)}`);
  };

  const made = await Promise.all(
    NAMES.map(async (name, i) => {
      const [own = 0, restPort = 0] = nodePorts.slice(2 * i);
      return { name, port: own, restPort, relay: await openRelay(clientPort), folder: folder() };
    }),
  );
  type Made = (typeof made)[number];
  const rest = async ({ restPort }: Made, path: string, method = 'GET', body?: unknown): Promise<Response> =>
    fetch(`http://127.0.0.1:${restPort}${path}`, {
      method,
      signal: AbortSignal.timeout(60_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  /** Of each node every Patroni that was started, the last one at the end. */
  const started = new Map<string, Running[]>(NAMES.map((name) => [name, []]));
  let isOpen = true;
  const nodeOf = (one: Made): Node => {
    const file = join(one.folder, 'patroni.yml');
    const data = join(one.folder, 'data');
    // Patroni reads YAML, of which JSON is a part.
    writeFileSync(file, JSON.stringify(patroniConfig(one, data)));
    /** Patroni, and the postmaster, which it starts as a child of nobody, each with all children. */
    const pids = (): number[] => {
      const postmaster = join(data, 'postmaster.pid');
      const first = existsSync(postmaster) ? Number(readFileSync(postmaster, 'utf8').split('\n')[0]) : 0;
      const { pid = 0 } = started.get(one.name)!.at(-1)?.child ?? {};
      return descendants([pid, first].filter((found) => found > 0));
    };
    const signal = (name: NodeJS.Signals, to: readonly number[]) => {
      for (const pid of to) {
        try {
          process.kill(pid, name);
        } catch {
          // It has ended meanwhile.
        }
      }
    };
    /** And again when it ends with an error, as Debian's service has it. Killed by a signal, it stays away. */
    const start = () => {
      const patroni = run('patroni', [file], one.folder);
      started.get(one.name)!.push(patroni);
      patroni.child.on('exit', (code) => {
        if (code !== null && code !== 0 && isOpen) start();
      });
    };
    return {
      name: one.name,
      relay: one.relay,
      ask: async (sql) => {
        const client = new pg.Client(`postgres://${ROLE}@127.0.0.1:${one.port}/kt`);
        await client.connect();
        const { rows } = await client.query({ text: sql, rowMode: 'array' });
        await client.end();
        return rows[0]?.[0];
      },
      kill: () => signal('SIGKILL', pids()),
      start,
      freeze: () => {
        signal('SIGSTOP', pids());
        one.relay.hold();
      },
      thaw: () => {
        signal('SIGCONT', pids());
        setTimeout(() => one.relay.deliver(), LATE);
      },
      freezeSenders: () => {
        const senders = spawnSync('pgrep', ['-f', '^postgres: .*walsender'], { encoding: 'utf8' });
        const all = new Set(senders.stdout.trim().split('\n').map(Number));
        signal(
          'SIGSTOP',
          pids().filter((pid) => all.has(pid)),
        );
      },
    };
  };
  const nodes = made.map(nodeOf);

  const members = async (besides?: Made): Promise<readonly Member[]> => {
    for (const one of made) {
      if (one === besides) continue;
      try {
        const response = await fetch(`http://127.0.0.1:${one.restPort}/cluster`, {
          signal: AbortSignal.timeout(2_000),
        });
        return ((await response.json()) as { members: Member[] }).members;
      } catch {
        // It is killed, frozen or not there yet: another one knows as well.
      }
    }
    return [];
  };
  /** As `until`, and when that gives up, its error has what everybody says. */
  const comesTo = async (what: string, isSo: () => Promise<boolean>): Promise<void> => {
    try {
      await until(what, isSo, TRIES);
    } catch (error) {
      const told = [`etcd: ${await answerOf(`${client}/health`)}`];
      for (const { name, restPort } of made) {
        const all = started.get(name)!;
        const { exitCode, signalCode } = all.at(-1)!.child;
        const ended = exitCode ?? signalCode;
        told.push(
          `\n${name}: Patroni ${ended === null ? 'runs' : `has ended (${ended})`}`,
          `/patroni: ${await answerOf(`http://127.0.0.1:${restPort}/patroni`)}`,
          `/cluster: ${await answerOf(`http://127.0.0.1:${restPort}/cluster`)}`,
          lastLines(all.map(({ output }) => output.stderr + output.stdout).join('')),
        );
      }
      throw new Error(`${String((error as Error).message)}\n${told.join('\n')}`);
    }
  };

  const leading = async (besides?: Made): Promise<Made> => {
    let found: Made | undefined;
    await comesTo('there is a leader', async () => {
      const name = (await members(besides)).find(({ role }) => role === 'leader')?.name;
      found = made.find((one) => one.name === name && one !== besides);
      return found !== undefined;
    });
    return found!;
  };

  const close = async () => {
    isOpen = false;
    for (const node of nodes) node.kill();
    await processes.close();
    await Promise.all(made.map(({ relay }) => relay.close()));
    for (const one of made) rmSync(one.folder, { recursive: true, force: true });
  };

  const cluster: Cluster = {
    url: '',
    nodes,
    leader: async (besides) => {
      const old = made.find(({ name }) => name === besides?.name);
      return nodes[made.indexOf(await leading(old))]!;
    },
    whole: (synchronous = true) =>
      comesTo('every node is where it belongs', async () => {
        const all = await members();
        const roles = all.map(({ role }) => role);
        return (
          all.length === NAMES.length &&
          roles.includes('leader') &&
          roles.includes('sync_standby') === synchronous &&
          new Set(all.map(({ timeline }) => timeline)).size === 1 &&
          all.every(({ state }) => state === 'running' || state === 'streaming')
        );
      }),
    switchOver: async () => {
      const from = await leading();
      let told = '';
      await comesTo('there is a switchover', async () => {
        const all = await members();
        if (all.some(({ name, role }) => role === 'leader' && name !== from.name)) return true;
        const to = all.find(({ role }) => role === 'sync_standby');
        if (!to) return false; // it is one again in a moment
        const response = await rest(from, '/switchover', 'POST', { leader: from.name, candidate: to.name });
        told = `${response.status} ${await response.text()}`;
        // On a busy machine it may take longer than the 20 s for which Patroni waits to say how it went.
        return response.status === 200 || told.includes('status unknown');
      }).catch((error: Error) => {
        throw new Error(`${told}: ${error.message}`);
      });
    },
    configure: async (change) => {
      const response = await rest(await leading(), '/config', 'PATCH', change);
      if (response.status !== 200) throw new Error(`not configured: ${response.status} ${await response.text()}`);
    },
    close,
  };

  try {
    await until('etcd is there', () =>
      etcd.child.exitCode === null
        ? fetch(`${client}/health`).then(
            ({ ok }) => ok,
            () => false,
          )
        : fail('etcd ended', etcd),
    );
    for (const node of nodes) node.start();
    const proxyFolder = folder();
    writeFileSync(join(proxyFolder, 'haproxy.cfg'), haproxyConfig(port, made));
    const haproxy = run('haproxy', ['-db', '-f', join(proxyFolder, 'haproxy.cfg')], proxyFolder);
    const url = `postgres://${ROLE}@127.0.0.1:${port}/kt`;
    await cluster.whole();
    await makeDatabase(`postgres://postgres@127.0.0.1:${port}/postgres`).catch((error) => fail(String(error), haproxy));
    return { ...cluster, url };
  } catch (error) {
    await close();
    throw error;
  }

  function patroniConfig({ name, port: own, restPort, relay, folder: home }: Made, data: string): unknown {
    const local = (at: number) => `127.0.0.1:${at}`;
    return {
      scope: 'kt',
      name,
      restapi: { listen: local(restPort), connect_address: local(restPort) },
      // Else it asks etcd for its address, and goes past the relay.
      [isV2 ? 'etcd' : 'etcd3']: { hosts: [local(relay.port)], use_proxies: true },
      bootstrap: {
        dcs: {
          ttl: 20,
          loop_wait: 2,
          retry_timeout: 8,
          synchronous_mode: true,
          synchronous_mode_strict: true,
          postgresql: { use_pg_rewind: true, use_slots: true },
        },
        initdb: [{ encoding: 'UTF8' }, { locale: 'C.UTF-8' }],
      },
      postgresql: {
        listen: local(own),
        connect_address: local(own),
        data_dir: data,
        bin_dir: postgresPrograms(),
        pgpass: join(home, 'pgpass'),
        authentication: { superuser: { username: 'postgres' }, replication: { username: 'replicator' } },
        basebackup: [{ checkpoint: 'fast' }],
        remove_data_directory_on_rewind_failure: true,
        parameters: { unix_socket_directories: home, fsync: 'off', shared_buffers: '32MB', wal_log_hints: 'on' },
        pg_hba: ['local all all trust', 'host all all 127.0.0.1/32 trust', 'host replication all 127.0.0.1/32 trust'],
      },
    };
  }
};

/** As Patroni's own documentation has it. Sessions to a node that is no longer the leader are closed. */
const haproxyConfig = (port: number, nodes: readonly { name: string; port: number; restPort: number }[]): string =>
  `global
  maxconn 500
defaults
  mode tcp
  timeout connect 2s
  timeout client 30m
  timeout server 30m
  timeout check 3s
listen primary
  bind 127.0.0.1:${port}
  option httpchk GET /primary
  http-check expect status 200
  default-server inter 1s fall 2 rise 1 on-marked-down shutdown-sessions
${nodes.map(({ name, port: own, restPort }) => `  server ${name} 127.0.0.1:${own} check port ${restPort}`).join('\n')}
`;

/**
 * Makes the role and its database. HAProxy may need a moment more to see the leader, and closes the session where the
 * leader's Patroni is too busy to answer it.
 */
const makeDatabase = async (url: string): Promise<void> => {
  let why = '';
  await until('the database is made through HAProxy', async () => {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
    client.on('error', () => {});
    const isThere = async (where: string): Promise<boolean> =>
      (await client.query(`select from ${where}`)).rowCount! > 0;
    try {
      await client.connect();
      if (!(await isThere(`pg_roles where rolname = '${ROLE}'`))) await client.query(`create role ${ROLE} login`);
      if (!(await isThere(`pg_database where datname = 'kt'`))) await client.query(`create database kt owner ${ROLE}`);
      return true;
    } catch (error) {
      why = String(error);
      return false;
    } finally {
      await client.end().catch(() => {});
    }
  }).catch((error: Error) => {
    throw new Error(`${error.message}: ${why}`);
  });
};
