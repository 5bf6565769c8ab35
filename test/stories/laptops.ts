/** Computers of stories in which the server changes: a scripted aw-server and kt-client, each a process. */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import type { Ended, Processes, Running } from '../support/processes.ts';

const said = ({ code, signal, stdout, stderr }: Ended): string => `it ended with ${code ?? signal}: ${stderr}${stdout}`;

/** The end of a process, which must be with 0. */
export const ended = async (running: Running): Promise<Ended> => {
  const end = await running.ended;
  assert.is(end.code, 0, said(end));
  return end;
};
/** What it wrote to stdout by then. */
export const done = async (running: Running): Promise<string> => (await ended(running)).stdout;

export type Laptop = {
  readonly configFile: string;
  /** Begins a pass. */
  sync(): Running;
  /** Makes a pass; how many rows it wrote, on either side. */
  syncOnce(): Promise<number>;
  verify(): Promise<string>;
  /** The account of its state file. */
  account(): unknown;
};

/** A laptop with so many events in one bucket, set up for a server. */
export const makeLaptop = async (
  processes: Processes,
  { hostname, kind, events }: { hostname: string; kind: string; events: number },
  { url, key }: { url: string; key: string },
): Promise<Laptop> => {
  const seed = ['--seed-events', String(events), '--seed-bucket', `aw-watcher-window_${hostname}`];
  const aw = processes.aw(['--kind', kind, '--port', '0', '--hostname', hostname, '--device-id', hostname, ...seed]);
  const { port } = JSON.parse((await aw.says(/\{.*\}\n/))[0]) as { port: number };
  const home = processes.folder();
  const env = { XDG_CONFIG_HOME: `${home}/config`, KT_CLIENT_STATE_DIR: `${home}/state` };
  await done(processes.client(['setup', '--url', url, '--api-key', key, '--local-port', String(port)], env));
  const sync = (): Running => processes.client(['sync', '--json'], env);
  return {
    configFile: `${home}/config/activitywatch/kt-client/config.toml`,
    sync,
    syncOnce: async () => {
      const { pushed, pulled } = JSON.parse(await done(sync())) as Record<
        'pushed' | 'pulled',
        Record<string, number>[]
      >;
      const sum = (rows: Record<string, number>[], ...names: string[]) =>
        rows.reduce((total, row) => total + names.reduce((part, name) => part + (row[name] ?? 0), 0), 0);
      return sum(pushed, 'inserted', 'updated') + sum(pulled, 'inserted', 'replaced', 'deleted');
    },
    verify: () => done(processes.client(['verify'], env)),
    account: () => (JSON.parse(readFileSync(`${home}/state/state.json`, 'utf8')) as { accountId?: unknown }).accountId,
  };
};
