/**
 * The daemon: one task at a time, woken by the clock, by the server's announcement of a change, or by changed
 * settings. It ends when it is told to, and never because of an error.
 */
import { isKtError } from '../../domain/errors.ts';
import { after, beginning, isTurnedAway, nextOf, sentOn, type Task, type Outcome } from './schedule.ts';

/** What the daemon needs of the settings, which may change while it runs. */
export type DaemonSettings = {
  readonly intervalMs: number;
  /** Whether to listen for the server's announcements: only where something is pulled. */
  readonly listens: boolean;
  /** Equal texts mean equal settings; when the text changes, a pass begins at once. */
  readonly identity: string;
};

export type TaskEnd = {
  readonly outcome: Outcome;
  /** The revision up to which everything is pulled; null when that is not known. */
  readonly seen: bigint | null;
};

/**
 * What the daemon needs from outside. Only `listen` may throw; then nothing is listened to until the next pass
 * that succeeds. With `moved` that pass is made at once.
 */
export type DaemonWorld = {
  nowMs(): number;
  /** Resolves after `ms`, or when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  settings(): DaemonSettings;
  lastProofMs(): Promise<number | null>;
  /** Runs one task. When the daemon is told to stop, it finishes the batch in flight and ends early. */
  act(task: Task): Promise<TaskEnd>;
  /** The account's revision now and whenever it moves, until the signal aborts. Reconnects by itself. */
  listen(signal: AbortSignal): AsyncIterable<bigint>;
};

/** Timers do not notice that the computer was asleep, so the clock is read at least this often. */
const SLICE_MS = 30_000;

/** A wait that can be ended early. A wake-up that comes while nobody waits ends the next wait. */
const makeSleeper = (wait: DaemonWorld['wait']) => {
  let woken = new AbortController();
  return {
    wake: () => woken.abort(),
    wait: async (ms: number): Promise<void> => {
      await wait(ms, woken.signal);
      if (woken.signal.aborted) woken = new AbortController();
    },
  };
};

/** Keeps the latest revision that the server announced, from one stream at a time. */
const makeListener = (world: DaemonWorld, wake: () => void) => {
  let stream: AbortController | null = null;
  let listening: Promise<void> = Promise.resolve();
  let told: bigint | null = null;
  let moved = false;

  const follow = async (own: AbortController): Promise<void> => {
    try {
      for await (const revision of world.listen(own.signal)) {
        told = revision;
        wake();
      }
    } catch (error) {
      // The stream ended for good (the key was refused): the next pass meets the same refusal, and reports it.
      if (stream === own && isKtError(error, 'moved')) {
        moved = true;
        wake();
      }
    } finally {
      if (stream === own) stream = null;
    }
  };

  return {
    /** The last revision announced that no pull has covered yet; null when there is none. */
    get told() {
      return told;
    },
    /** Forgets the revision, which a pull has covered, unless a later one was announced meanwhile. */
    answered(revision: bigint | null) {
      if (told === revision) told = null;
    },
    /** Whether the stream ended since the last time because the account was moved. */
    wasMoved() {
      const was = moved;
      moved = false;
      return was;
    },
    open() {
      if (stream) return;
      stream = new AbortController();
      listening = follow(stream);
    },
    async close() {
      stream?.abort();
      stream = null;
      told = null;
      await listening;
    },
  };
};

/** Runs until `stop` aborts and the current task has ended. */
export const runDaemon = async (world: DaemonWorld, stop: AbortSignal): Promise<void> => {
  const sleeper = makeSleeper(world.wait);
  const listener = makeListener(world, sleeper.wake);
  stop.addEventListener('abort', sleeper.wake);
  let settings = world.settings();
  let past = beginning(await world.lastProofMs());
  let seen: bigint | null = null;
  let isChanged = false;

  while (!stop.aborted) {
    const now = world.settings();
    if (now.identity !== settings.identity) {
      await listener.close();
      past = { ...past, pass: null, outcome: null };
      seen = null;
      isChanged = true;
    }
    settings = now;

    if (listener.wasMoved()) past = sentOn(past, world.nowMs(), settings.intervalMs);
    const { told } = listener;
    const { task, inMs } = nextOf(past, told !== null && (seen === null || told > seen), world.nowMs());
    if (inMs > 0) {
      await sleeper.wait(Math.min(inMs, SLICE_MS));
      continue;
    }
    const beganMs = world.nowMs();
    const end = await world.act(task);
    past = after(past, {
      task,
      outcome: end.outcome,
      beganMs,
      endedMs: world.nowMs(),
      intervalMs: settings.intervalMs,
    });
    seen = end.seen ?? seen;
    if (isChanged && task === 'pass' && end.outcome === 'done') {
      // With other settings it may be another server, with which nothing was compared.
      past = { ...past, proof: beginning(await world.lastProofMs()).proof };
      isChanged = false;
    }
    if (task !== 'proof' && end.outcome !== 'busy') listener.answered(told);
    if (isTurnedAway(end.outcome)) await listener.close();
    else if (settings.listens && !stop.aborted) listener.open();
  }
  await listener.close();
};
