/**
 * `kt-client setup` as a conversation: finds what it can, asks for the rest, and checks each answer before the next
 * question.
 */
import { plain } from '../../cli/terminal.ts';
import { isKtError } from '../../domain/errors.ts';
import { ConfigError, type LoadedConfig } from '../config/config.ts';
import { localUrl, type KtContext } from '../context.ts';
import { Cancelled, type Asker } from './prompts.ts';
import { makeSelection } from '../config/selection.ts';
import type { Config } from '../config/settings.ts';
import { sortOut } from '../sync/plan.ts';
import { askAw, type AwInfo } from '../sync/identity/local-aw.ts';
import type { Remote, SyncState } from '../sync/ports.ts';
import { askWhich, recogniseHere } from './reclaim.ts';
import type { Whose } from './which-device.ts';

/** The answers, by the flags that would say the same. */
export type Answers = { url?: string; apiKey?: string; localPort?: string; localApiKey?: string };

export type Interview = {
  readonly context: KtContext;
  readonly asker: Asker;
  /** The settings with these answers applied; fails with `ConfigError` if one is wrong. */
  settle(answers: Answers): LoadedConfig;
  say(text: string): void;
};

const DEFAULT_URL = 'http://127.0.0.1:5700';
/** Where a testing server listens: only used if somebody asks for it. */
const TESTING_PORT = 5666;

/** Asks until it works, and says each time why it did not. Asks again only if another answer could help. */
const untilItWorks = async <T>({ say }: Interview, attempt: () => Promise<T>): Promise<T> => {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isKtError(error) || error instanceof Cancelled) throw error;
      say(`${plain(error.message)}\n`);
    }
  }
};

const check = (works: () => unknown): true | string => {
  try {
    works();
    return true;
  } catch (error) {
    if (error instanceof ConfigError) return plain(error.message);
    throw error;
  }
};

/** The local aw-server: the one in the settings (port 5600 by default), or one at a port that the person names. */
const findLocal = async (talk: Interview, answers: Answers): Promise<AwInfo> => {
  const { asker, context, settle, say } = talk;
  let known = true;
  const info = await untilItWorks(talk, async () => {
    if (!known) {
      const valid = (port: string) => check(() => settle({ ...answers, localPort: port }));
      answers.localPort = await asker.text(
        `Which port does aw-server listen on? (a testing server uses ${TESTING_PORT})`,
        { default: String(settle(answers).config.local.port), check: valid },
      );
    }
    known = false;
    return askAw(context.makeLocal(settle(answers).config));
  });
  say(
    `Found aw-server ${plain(info.version)} at ${localUrl(settle(answers).config)}, ` +
      `host ${plain(info.hostname)}${info.testing ? ': a testing server' : ''}\n`,
  );
  return info;
};

/** Asks for the key of an aw-server that requires one. */
const openLocal = async ({ asker, context, settle }: Interview, answers: Answers): Promise<void> => {
  for (;;) {
    try {
      await context.makeLocal(settle(answers).config).buckets();
      return;
    } catch (error) {
      if (!isKtError(error, 'unauthenticated')) throw error;
      answers.localApiKey = await asker.secret('aw-server asks for a key (`api_key` in its config.toml):');
    }
  }
};

const findServer = (talk: Interview, answers: Answers) =>
  untilItWorks(talk, async () => {
    const { asker, context, settle } = talk;
    const before = settle(answers).config.remote.url;
    answers.url = await asker.text('Where is kt-server?', {
      default: before || DEFAULT_URL,
      check: (url) => check(() => settle({ ...answers, url })),
    });
    return context.makeRemote(settle(answers).config, { retries: 0 }).info();
  });

const openServer = (talk: Interview, answers: Answers): Promise<Awaited<ReturnType<Remote['devices']>>> => {
  const { asker, context, settle, say } = talk;
  const { config, withheld } = settle(answers);
  const has = config.remote.api_key !== '';
  if (withheld.remote !== null) say(`Note that ${plain(withheld.remote)}.\n`);
  return untilItWorks(talk, async () => {
    const typed = await asker.secret(
      has ? 'API key (leave empty to keep the current one):' : 'API key (`kt-server generate-key` prints one):',
    );
    if (typed === '' && !has) throw new ConfigError('kt-server needs a key');
    if (typed === '') delete answers.apiKey;
    else answers.apiKey = typed;
    return context.makeRemote(settle(answers).config, { retries: 0 }).devices();
  });
};

const listed = (ids: readonly string[]): string => ids.map((id) => `  ${plain(id)}\n`).join('');

/** Shows which buckets will be pushed and pulled with these settings. */
const showBuckets = async ({ context, say }: Interview, config: Config, state: SyncState | null): Promise<void> => {
  const selection = makeSelection(config.sync.buckets);
  const { own, skipped } = sortOut(await context.makeLocal(config).buckets(), state?.copies ?? [], selection);
  const theirs = (await context.makeRemote(config, { retries: 0 }).buckets()).filter(
    ({ deviceId, bucketId }) => deviceId !== state?.deviceId && selection.has(bucketId),
  );
  say(
    own.length > 0
      ? `These buckets of this device will be pushed:\n${listed(own.map(({ id }) => id))}`
      : 'This device has no buckets to push yet; they will be pushed when there are some.\n',
  );
  if (skipped.length > 0)
    say(`These are left alone:\n${listed(skipped.map(({ bucket, reason }) => `${bucket.id} (${reason})`))}`);
  if (theirs.length > 0)
    say(
      'These of your other devices will be pulled:\n' +
        `${listed(theirs.map(({ bucketId, deviceHostname }) => `${bucketId} of ${deviceHostname}`))}`,
    );
};

/** Asks which device this is if there is no state, and the server has its history. */
const settleStateless = async ({ asker, context, say }: Interview, config: Config): Promise<Whose> => {
  const found = await recogniseHere(context, config, context.makeRemote(config, { retries: 0 }));
  if (found === null || !('ask' in found)) return null;
  const which = await askWhich(asker, say, found.ask);
  return which === null ? 'new' : { reclaim: which };
};

/**
 * Asks which device the state belongs to if it was copied, or belongs to another aw-server; explains a new hostname.
 */
const settleDevice = async (
  { asker, say }: Interview,
  info: AwInfo,
  state: SyncState,
  devices: Awaited<ReturnType<Remote['devices']>>,
): Promise<Whose> => {
  const known = devices.find(({ deviceId }) => deviceId === state.deviceId);
  const isOther =
    known !== undefined && known.awDeviceId !== null && info.deviceId !== '' && known.awDeviceId !== info.deviceId;
  if (state.refused || isOther) {
    say(
      state.refused
        ? 'The server has seen a later pass of this device: its state folder was copied, or restored.\n'
        : `This state folder is of device ${plain(known!.hostname)} with another aw-server.\n`,
    );
    return asker.choose<Whose>('Which device is this?', [
      { name: `Still ${plain(known?.hostname ?? 'that device')}: continue as it`, value: 'same' },
      { name: 'Another one: begin as a new device', value: 'new' },
    ]);
  }
  if (known && known.hostname !== info.hostname)
    say(`The server knows this device as ${plain(known.hostname)}: it stays the same device, under its new name.\n`);
  return null;
};

/** Asks until everything works. Null if the person decides not to write it after all. */
export const interview = async (talk: Interview): Promise<{ answers: Answers; whose: Whose } | null> => {
  const { asker, context, settle } = talk;
  const answers: Answers = {};
  const info = await findLocal(talk, answers);
  await openLocal(talk, answers);
  await findServer(talk, answers);
  const devices = await openServer(talk, answers);
  const { config, path } = settle(answers);
  const state = await context.openState(config).load();
  await showBuckets(talk, config, state);
  const whose = state ? await settleDevice(talk, info, state, devices) : await settleStateless(talk, config);
  return (await asker.yes(`Write ${path}?`, true)) ? { answers, whose } : null;
};
