import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { homedir, userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BaseContext } from 'clipanion';
import { onStop } from '../cli/stop.ts';
import { outdated } from '../domain/versions.ts';
import { makeLocalServer } from './aw/local-server.ts';
import { BIN, IS_EXECUTABLE } from './bin-path.ts';
import { cutBy } from './cut-by.ts';
import { send } from './http/send.ts';
import { folders, type Env } from './config/folders.ts';
import { openBrowser } from './setup/open-browser.ts';
import { askTerminal, type Asker } from './setup/prompts.ts';
import { makeDeviceLogin, type DeviceLogin } from './remote/device-login.ts';
import { inspectServer, type ServerFacts } from './remote/inspect.ts';
import { baseOf, makeRemoteServer } from './remote/remote-server.ts';
import { firstRevision, revisions, type Stream } from './remote/revisions.ts';
import { npxAddress, selfName } from '../cli/self-name.ts';
import type { Run, Where } from './service/manager.ts';
import type { Config } from './config/settings.ts';
import { openFileState } from './state/file-state.ts';
import { DAEMON, lockOwner, takeLock, type Lock } from './state/lock.ts';
import { openPassLog } from './state/pass-log.ts';
import type { PassLog } from './status/pass-record.ts';
import type { Clock, Local, Random, Remote, State } from './sync/ports.ts';

type RemoteOptions = {
  /** Fewer than usual where a person waits: an early failure is better than a long wait. */
  readonly retries?: number;
  /** How to wait between two attempts. */
  readonly sleep?: (ms: number) => Promise<void>;
  /** Aborts requests in flight. */
  readonly cut?: AbortSignal;
};

/** What the server said of its version; null as long as it did not. `isTold` once the person was told what it means. */
type ServerVersion = { version: string | null; url: string; isTold: boolean };

/** What a command gets from outside: streams, environment, and factories for the ports. Tests pass their own. */
export type KtContext = BaseContext & {
  readonly env: Env;
  readonly version: string;
  readonly server: ServerVersion;
  readonly clock: Clock;
  readonly random: Random;
  makeLocal(config: Config, options?: Pick<RemoteOptions, 'cut'>): Local;
  makeRemote(config: Config, options?: RemoteOptions): Remote;
  /** The account's revision whenever it changes, until the signal aborts. */
  listen(config: Config, signal: AbortSignal, onChange: (stream: Stream) => void): AsyncIterable<bigint>;
  inspectServer(config: Config): Promise<ServerFacts>;
  /** Tests whether announcements of changes arrive, through any proxy in between: returns the first one. */
  tryStream(config: Config): Promise<bigint>;
  /** How this device signs in at a kt-server without a key. */
  makeDeviceLogin(url: string): DeviceLogin;
  /** Opens a page in the person's browser; false where there is none. */
  openBrowser(page: string): Promise<boolean>;
  openState(config: Config): State;
  openPassLog(config: Config): PassLog;
  takeLock(config: Config): Promise<Lock>;
  takeDaemonLock(config: Config): Promise<Lock>;
  /** The process of the daemon that runs with this state folder; null if there is none. */
  daemonOf(config: Config): Promise<number | null>;
  /** Asks the person at the terminal; null if there is no terminal. */
  readonly asker: Asker | null;
  /** Aborts when this process is told to end. From then on, ending is up to the caller. */
  stopSignal(): AbortSignal;
  /** Waits; ends early if the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  /** How a person starts this client, for hints that name a command. */
  readonly self: string;
  /** This installation, as a service manager needs to know it. */
  readonly where: Where;
  run: Run;
};

/** The URL of the local aw-server; an IPv6 address goes in brackets. */
export const localUrl = ({ local: { host, port } }: Config): string =>
  `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`;

/** What a person is to know once where this client is older than the server it spoke with; null for nothing (more). */
export const outdatedHere = ({ version, server, where }: KtContext): string | null => {
  if (server.isTold || server.version === null) return null;
  const old = outdated(version, server.version, server.url, where.isExecutable);
  server.isTold = old !== null;
  return old;
};

/** Runs a program to its end; a missing one counts as failed. */
const runProgram: Run = (command, args) =>
  new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', () => resolve({ ok: false, output: `${command} is not there` }));
    child.on('close', (code) => resolve({ ok: code === 0, output }));
  });

/**
 * How long the process may go on after it was told to stop, whatever still keeps it running; spec/sync 6.6 allows five
 * seconds, and it is built to be killed at any moment.
 */
const AT_LAST_MS = 4800;

/** Aborts when this process is told to end. */
const stopSignal = (): AbortSignal => {
  const stop = new AbortController();
  onStop(() => {
    stop.abort();
    setTimeout(() => process.exit(0), AT_LAST_MS).unref();
  });
  return stop.signal;
};

const whereWeAre = (): Where => ({
  platform: process.platform,
  home: homedir(),
  folder: folders(process.env).state,
  // Asked for on Windows alone: elsewhere a user need have no name.
  user: process.platform === 'win32' ? `${process.env['USERDOMAIN'] ?? '.'}\\${userInfo().username}` : '',
  isExecutable: IS_EXECUTABLE,
  command: IS_EXECUTABLE ? [BIN] : [process.execPath, BIN],
  npx: npxAddress(BIN),
});

/** The context of a real run. */
export const processContext = (
  version: string,
  server: ServerVersion = { version: null, url: '', isTold: false },
): KtContext => ({
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  colorDepth: 1,
  version,
  server,
  clock: { nowUs: () => BigInt(Date.now()) * 1000n },
  random: { uuid: () => randomUUID(), nonce: () => randomBytes(16).toString('hex') },
  makeLocal: (config, { cut } = {}) =>
    makeLocalServer({ url: localUrl(config), apiKey: config.local.api_key, send: cut && cutBy(cut, send) }),
  makeRemote: ({ remote }, { cut, ...options } = {}) =>
    makeRemoteServer({
      url: remote.url,
      apiKey: remote.api_key,
      send: cut && cutBy(cut, send),
      versions: { own: version, heard: (said) => Object.assign(server, { version: said, url: baseOf(remote.url) }) },
      ...options,
    }),
  listen: ({ remote }, signal, onChange) => revisions({ url: remote.url, apiKey: remote.api_key, onChange }, signal),
  inspectServer: ({ remote }) => inspectServer({ url: remote.url, apiKey: remote.api_key }),
  tryStream: ({ remote }) => firstRevision({ url: remote.url, apiKey: remote.api_key }),
  makeDeviceLogin: (url) => makeDeviceLogin(url),
  openBrowser: (page) => openBrowser(page, process.platform, process.env),
  openState: (config) => openFileState(config.state_dir),
  openPassLog: (config) => openPassLog(config.state_dir),
  takeLock: (config) => takeLock(config.state_dir),
  takeDaemonLock: (config) => takeLock(config.state_dir, DAEMON),
  daemonOf: (config) => lockOwner(config.state_dir, DAEMON),
  asker: process.stdin.isTTY && process.stdout.isTTY ? askTerminal : null,
  stopSignal,
  wait: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
  self: selfName('kt-client', BIN, process.env, IS_EXECUTABLE),
  where: whereWeAre(),
  run: runProgram,
});
