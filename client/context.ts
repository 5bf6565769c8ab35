import { randomBytes, randomUUID } from 'node:crypto';
import type { BaseContext } from 'clipanion';
import { makeLocalServer } from './aw/local-server.ts';
import type { Env } from './folders.ts';
import { makeRemoteServer } from './remote/remote-server.ts';
import type { Config } from './settings.ts';
import { openFileState } from './state/file-state.ts';
import { takeLock, type Lock } from './state/lock.ts';
import type { Clock, Local, Random, Remote, State } from './sync/ports.ts';

/** What a command gets of the world: streams, environment, and makers for the ports. Tests give their own. */
export type KtContext = BaseContext & {
  readonly env: Env;
  readonly version: string;
  readonly clock: Clock;
  readonly random: Random;
  makeLocal(config: Config): Local;
  /** `retries` where a person waits for the answer, and a refusal is worth more than patience. */
  makeRemote(config: Config, options?: { retries?: number }): Remote;
  openState(config: Config): State;
  takeLock(config: Config): Promise<Lock>;
};

/** Where the local aw-server is; an IPv6 address goes in brackets. */
export const localUrl = ({ local: { host, port } }: Config): string =>
  `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`;

/** The context of a real run. */
export const processContext = (version: string): KtContext => ({
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  colorDepth: 1,
  version,
  clock: { nowUs: () => BigInt(Date.now()) * 1000n },
  random: { uuid: () => randomUUID(), nonce: () => randomBytes(16).toString('hex') },
  makeLocal: (config) => makeLocalServer({ url: localUrl(config), apiKey: config.local.api_key }),
  makeRemote: ({ remote }, options) => makeRemoteServer({ url: remote.url, apiKey: remote.api_key, ...options }),
  openState: (config) => openFileState(config.state_dir),
  takeLock: (config) => takeLock(config.state_dir),
});
