/**
 * The daemon: one task at a time, woken by the clock, by the server's word that something changed, or by other
 * settings. It ends when it is told to, and never by an error.
 */
import { after, beginning, isTurnedAway, nextOf, type Task, type Outcome } from './schedule.ts';

/** What the daemon needs to know of the settings, which may change under it. */
export type DaemonSettings = {
  readonly intervalMs: number;
  /** Whether the server is listened to: not where nothing is pulled. */
  readonly listens: boolean;
  /** Two settings with equal texts are the same; others begin with a pass at once. */
  readonly identity: string;
};

export type TaskEnd = {
  readonly outcome: Outcome;
  /** The revision up to which all is pulled; null when that is not known. */
  readonly seen: bigint | null;
};

/**
 * What the daemon needs of the world. Nothing here throws but `listen`, which ends the listening
 * until the next good pass.
 */
export type DaemonWorld = {
  nowMs(): number;
  /** Resolves after so long, or when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  settings(): DaemonSettings;
  lastProofMs(): Promise<number | null>;
  /** Does one task to its end. When the daemon is told to stop, finishes the batch in flight and ends early. */
  act(task: Task): Promise<TaskEnd>;
  /** The account's revision now and whenever it moves, until the signal aborts. Reconnects by itself. */
  listen(signal: AbortSignal): AsyncIterable<bigint>;
};

/** A computer that slept does not notice by its timers: the clock is looked at so often. */
const SLICE_MS = 30_000;

/** Somewhere to wait, with someone who may ring. A ring that nobody waits for is kept. */
const makeBell = (wait: DaemonWorld['wait']) => {
  let rung = new AbortController();
  return {
    ring: () => rung.abort(),
    wait: async (ms: number): Promise<void> => {
      await wait(ms, rung.signal);
      if (rung.signal.aborted) rung = new AbortController();
    },
  };
};

/** The latest revision that the server told, from one stream at a time. */
const makeEar = (world: DaemonWorld, ring: () => void) => {
  let stream: AbortController | null = null;
  let listening: Promise<void> = Promise.resolve();
  let told: bigint | null = null;

  const follow = async (own: AbortController): Promise<void> => {
    try {
      for await (const revision of world.listen(own.signal)) {
        told = revision;
        ring();
      }
    } catch {
      // It will not be told any more (the key was refused): the next pass meets the same, and says so.
    } finally {
      if (stream === own) stream = null;
    }
  };

  return {
    /** The revision that was told last, and not answered yet. */
    get told() {
      return told;
    },
    /** What was told is done, unless something else was told meanwhile. */
    answered(revision: bigint | null) {
      if (told === revision) told = null;
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

/** Runs until `stop` aborts and the task in hand has ended. */
export const runDaemon = async (world: DaemonWorld, stop: AbortSignal): Promise<void> => {
  const bell = makeBell(world.wait);
  const ear = makeEar(world, bell.ring);
  stop.addEventListener('abort', bell.ring);
  let settings = world.settings();
  let past = beginning(await world.lastProofMs());
  let seen: bigint | null = null;
  let isOther = false;

  while (!stop.aborted) {
    const now = world.settings();
    if (now.identity !== settings.identity) {
      await ear.close();
      past = { ...past, pass: null, outcome: null };
      seen = null;
      isOther = true;
    }
    settings = now;

    const { told } = ear;
    const { task, inMs } = nextOf(past, told !== null && (seen === null || told > seen), world.nowMs());
    if (inMs > 0) {
      await bell.wait(Math.min(inMs, SLICE_MS));
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
    if (isOther && task === 'pass' && end.outcome === 'done') {
      // With other settings it may be another server, with which nothing was compared.
      past = { ...past, proof: beginning(await world.lastProofMs()).proof };
      isOther = false;
    }
    if (task !== 'proof' && end.outcome !== 'busy') ear.answered(told);
    if (isTurnedAway(end.outcome)) await ear.close();
    else if (settings.listens && !stop.aborted) ear.open();
  }
  await ear.close();
};
