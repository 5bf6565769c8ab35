/**
 * Gathers everything the doctor looks at before anything is judged. If one thing does not answer, the others are still
 * checked.
 */
import { stat } from 'node:fs/promises';
import type { Bucket } from '../../domain/bucket.ts';
import { isKtError, type KtError } from '../../domain/errors.ts';
import type { Micros } from '../../domain/time.ts';
import { localUrl, type KtContext } from '../context.ts';
import type { LoadedConfig } from '../config/config.ts';
import type { ServerFacts } from '../remote/inspect.ts';
import { recogniseHere } from '../setup/reclaim.ts';
import type { Config } from '../config/settings.ts';
import type { Local, Refusal, Remote, SyncState } from '../sync/ports.ts';
import type { Recognised } from '../sync/identity/recognise.ts';

/** A value, or the error; null if it was not asked for. */
type Answer<T> = { readonly value: T } | { readonly error: KtError } | null;

/** A local bucket and where its newest event starts; unreadable rows among the newest, or why none can be read. */
export type Newest = {
  readonly bucket: Bucket;
  readonly startUs: Micros | null;
  readonly unreadable?: readonly Refusal[];
  readonly fault?: string;
};

export type Facts = {
  readonly config: Config;
  readonly configPath: string;
  /** The permission bits of the configuration file; null if there is no such file, or the system has none. */
  readonly configMode: number | null;
  /** Keys that are not used because they belong to another address. */
  readonly withheld: LoadedConfig['withheld'];
  readonly strays: LoadedConfig['strays'];
  readonly localUrl: string;
  readonly local: Answer<Awaited<ReturnType<Local['info']>>>;
  /** The local buckets, with where the newest event of each starts. */
  readonly buckets: Answer<readonly Newest[]>;
  readonly server: Answer<Awaited<ReturnType<Remote['info']>>>;
  readonly key: Answer<ServerFacts>;
  readonly devices: Answer<Awaited<ReturnType<Remote['devices']>>>;
  /** The first announcement on the stream of changes; null if nothing is pulled, or the key does not work. */
  readonly stream: Answer<bigint>;
  readonly state: Answer<SyncState | null>;
  /**
   * If there is no state: which device this computer is, by what it holds. Null if the state says so, or nobody could
   * be asked.
   */
  readonly recognised: Answer<Recognised | null>;
  readonly daemon: number | null;
  readonly nowUs: Micros;
};

const answer = async <T>(ask: () => Promise<T>): Promise<Answer<T>> => {
  try {
    return { value: await ask() };
  } catch (error) {
    if (isKtError(error)) return { error };
    throw error;
  }
};

const newestOf = async (local: Local): Promise<Newest[]> => {
  const newest: Newest[] = [];
  for (const bucket of await local.buckets()) {
    try {
      newest.push({ bucket, ...(await newestIn(local, bucket.id)) });
    } catch (error) {
      // A bucket that fails does not hide the others; a server that refuses everything reports that by itself.
      if (!isKtError(error) || error.code === 'unauthenticated' || error.code === 'forbidden') throw error;
      if (error.code !== 'not_found') newest.push({ bucket, startUs: null, fault: error.message });
    }
  }
  return newest;
};

/** Most rows read to find one that is readable. */
const MOST_ROWS = 1000;

/** Where the newest event starts, readable or not: an unreadable one must not hide those behind it. */
const newestIn = async (local: Local, bucketId: string): Promise<Omit<Newest, 'bucket'>> => {
  for (let limit = 1; ; limit *= 10) {
    const { events, unreadable, full } = await local.events(bucketId, { limit });
    if (events.length === 0 && full && limit < MOST_ROWS) continue;
    const starts = [...events, ...unreadable].flatMap(({ startUs }) => (typeof startUs === 'bigint' ? [startUs] : []));
    return {
      startUs: starts.reduce<Micros | null>((latest, us) => (latest === null || us > latest ? us : latest), null),
      unreadable,
    };
  }
};

const modeOf = async (path: string, platform: NodeJS.Platform): Promise<number | null> => {
  if (platform === 'win32') return null;
  try {
    return (await stat(path)).mode & 0o777;
  } catch {
    return null;
  }
};

export const gatherFacts = async (
  context: KtContext,
  { config, path, withheld, strays }: LoadedConfig,
): Promise<Facts> => {
  const local = context.makeLocal(config);
  const isSetUp = config.remote.url !== '' && config.remote.api_key !== '';
  const remote = isSetUp ? context.makeRemote(config, { retries: 0 }) : null;
  const server = remote && (await answer(() => remote.info()));
  const hasServer = server !== null && 'value' in server;
  const devices = remote && hasServer ? await answer(() => remote.devices()) : null;
  const isLetIn = devices !== null && 'value' in devices;
  const info = await answer(() => local.info());
  const hasLocal = info !== null && 'value' in info;
  return {
    config,
    configPath: path,
    withheld,
    strays,
    configMode: await modeOf(path, context.where.platform),
    localUrl: localUrl(config),
    local: info,
    buckets: await answer(() => newestOf(local)),
    server,
    key: hasServer ? await answer(() => context.inspectServer(config)) : null,
    devices,
    stream: isLetIn && config.sync.mode !== 'push' ? await answer(() => context.tryStream(config)) : null,
    state: await answer(() => context.openState(config).load()),
    recognised: remote && isLetIn && hasLocal ? await answer(() => recogniseHere(context, config, remote)) : null,
    daemon: await context.daemonOf(config),
    nowUs: context.clock.nowUs(),
  };
};
