/**
 * What the daemon runs on: settings that are read again before each task, passes with their log lines, and an end
 * within five seconds.
 */
import { plain } from '../../cli/terminal.ts';
import { isKtError, type ErrorCode } from '../../domain/errors.ts';
import type { LoadedConfig } from '../config/config.ts';
import { outdatedHere, type KtContext } from '../context.ts';
import { following } from '../follow.ts';
import type { DaemonWorld, TaskEnd } from './loop.ts';
import type { Task, Outcome } from './schedule.ts';
import type { Logger } from '../output/log.ts';
import { linesOf, proofLines, type Line } from '../output/daemon-lines.ts';
import { runPass, runProof, type Stopping } from '../pass.ts';
import { withRetries } from '../remote/retry.ts';
import type { Stream } from '../remote/revisions.ts';
import type { Config } from '../config/settings.ts';
import type { Mode } from '../sync/options.ts';

/**
 * How long the work in flight may take to finish after the daemon is told to stop; then it is cut off, as a kill
 * would do.
 */
const GRACE_MS = 4000;

/** aw-server often starts at the same moment as the daemon. */
const LOCAL_RETRIES = 3;

const OUTCOMES: Partial<Record<ErrorCode, Outcome>> = {
  unauthenticated: 'refused',
  forbidden: 'refused',
  device_in_use: 'in_use',
};

/**
 * Logs a failure when it is new, and once that it is over: a server that is down all night takes one line, not a
 * hundred.
 */
const makeComplaint = (log: Logger) => {
  let said: string | null = null;
  let times = 0;
  return {
    say: (message: string, facts: Record<string, unknown> = {}) => {
      times++;
      if (message === said) return;
      said = message;
      log.error(facts, plain(message));
    },
    over: () => {
      if (said !== null)
        log.info({ failures: times }, times === 1 ? 'it works again' : `it works again, after ${times} failures`);
      said = null;
      times = 0;
    },
  };
};

/** Gives work its two signals to end: `stop` now, and `cut` some seconds later. */
const stoppable = async <T>(
  context: KtContext,
  stop: AbortSignal,
  work: (stopping: Stopping) => Promise<T>,
): Promise<T> => {
  const cut = new AbortController();
  const over = new AbortController();
  const onStop = (): void => void context.wait(GRACE_MS, over.signal).then(() => cut.abort());
  stop.addEventListener('abort', onStop);
  try {
    return await work({ stop, cut: cut.signal });
  } finally {
    stop.removeEventListener('abort', onStop);
    over.abort();
  }
};

const pulls = ({ sync: { mode } }: Config): boolean => mode !== 'push';

export type BackgroundOptions = {
  /** Reads the settings; fails with `ConfigError`. */
  readonly load: () => LoadedConfig;
  readonly log: Logger;
  readonly stop: AbortSignal;
};

export const makeWorld = (context: KtContext, { load, log, stop }: BackgroundOptions): DaemonWorld => {
  let loaded = load();
  const complaint = makeComplaint(log);
  const configTrouble = makeComplaint(log);
  const { clock, wait } = context;
  const nowMs = () => Number(clock.nowUs() / 1000n);

  /** The settings in force. A file that is broken or missing while somebody edits it changes nothing. */
  const reload = (): Config => {
    try {
      const next = load();
      configTrouble.over();
      // This daemon holds the lock of its state folder: another folder needs another daemon.
      loaded = { ...next, config: { ...next.config, state_dir: loaded.config.state_dir } };
    } catch (error) {
      if (!isKtError(error)) throw error;
      configTrouble.say(error.message);
    }
    return loaded.config;
  };

  const awaitLocal = async (): Promise<void> => {
    const local = context.makeLocal(loaded.config);
    await withRetries(() => local.info(), {
      retries: LOCAL_RETRIES,
      chance: Math.random,
      sleep: (ms) => wait(ms, stop),
    });
  };

  const doPass = async (config: Config, mode: Mode, nudged: boolean): Promise<Line[]> => {
    const settings = { ...config, sync: { ...config.sync, mode } };
    return linesOf(
      await stoppable(context, stop, (stopping) => runPass(context, settings, { by: 'daemon', nudged, stopping })),
      nudged,
    );
  };
  const doProof = async (config: Config): Promise<Line[]> => {
    log.info('comparing everything on both sides, as once a day');
    return proofLines(
      await stoppable(context, stop, (stopping) => runProof(context, config, { by: 'daemon', repair: true, stopping })),
    );
  };

  const act = async (task: Task): Promise<TaskEnd> => {
    try {
      await awaitLocal();
      const work = (config: Config): Promise<Line[]> =>
        task === 'proof'
          ? doProof(config)
          : doPass(config, task === 'pull' ? 'pull' : config.sync.mode, task === 'pull');
      const lines = await following(context, loaded, work, { tell: (line) => log.info(plain(line)) });
      const seen = (await context.openState(loaded.config).load())?.pulled ?? null;
      if (stop.aborted) return { outcome: 'done', seen };
      complaint.over();
      const old = outdatedHere(context);
      if (old !== null) log.warn(old);
      for (const { level, message, facts } of lines) log[level](facts, message);
      return { outcome: 'done', seen };
    } catch (error) {
      if (stop.aborted) return { outcome: 'failed', seen: null };
      if (!isKtError(error)) {
        complaint.say(
          'something unexpected happened ' +
            `(${error instanceof Error ? `${error.name}: ${error.message.slice(0, 200)}` : 'no error'}): ` +
            'please report it',
        );
        return { outcome: 'failed', seen: null };
      }
      if (error.code === 'conflict') return { outcome: 'busy', seen: null };
      complaint.say(error.message, { code: error.code });
      return { outcome: OUTCOMES[error.code] ?? 'failed', seen: null };
    }
  };

  let reported: string | null = null;
  const onChange = (stream: Stream): void => {
    const how = stream.open ? 'open' : stream.why.details['heldBack'] ? 'held back' : 'closed';
    if (how === reported) return; // every attempt to connect that fails reports it
    reported = how;
    if (stream.open) log.info('the server tells its changes: they are pulled at once');
    else
      log[how === 'closed' ? 'info' : 'warn'](
        `changes are pulled at the interval until the server tells them: ${plain(stream.why.message)}`,
      );
  };

  return {
    nowMs,
    wait,
    settings: () => {
      const now = reload();
      return { intervalMs: now.sync.interval_minutes * 60_000, listens: pulls(now), identity: JSON.stringify(now) };
    },
    lastProofMs: async () =>
      (
        await context
          .openState(loaded.config)
          .load()
          .catch(() => null)
      )?.repairedMs ?? null,
    act,
    listen: (signal) => context.listen(loaded.config, signal, onChange),
  };
};
