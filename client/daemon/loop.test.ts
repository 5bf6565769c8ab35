import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KtError } from '../../domain/errors.ts';
import { runDaemon, type DaemonSettings, type DaemonWorld, type TaskEnd } from './loop.ts';
import type { Task } from './schedule.ts';

const MINUTE = 60_000;
const DONE: TaskEnd = { outcome: 'done', seen: 10n };

type Trial = {
  readonly tasks: string[];
  readonly streams: { open: number; closed: number };
  nowMs: number;
  settings: DaemonSettings;
  /** How the next tasks end; the last stands for all after it. */
  ends: TaskEnd[];
  tell(revision: bigint): void;
  /** Ends the stream for good: by a refusal, unless for another reason. */
  breakStream(why?: Error): void;
  stop(): void;
};

const SETTINGS: DaemonSettings = { intervalMs: 5 * MINUTE, listens: true, identity: 'first' };

/**
 * Runs the daemon in a world without time: the clock moves by what is waited, and nothing waits. `meanwhile` is asked
 * in each wait what happens then; it ends the daemon by `stop`.
 */
const live = async (
  meanwhile: (trial: Trial, waits: number) => void | Promise<void>,
  begin: Partial<Pick<Trial, 'settings' | 'ends'>> & { during?: (trial: Trial, task: Task) => void } = {},
): Promise<Trial> => {
  const stop = new AbortController();
  let push: ((revision: bigint) => void) | null = null;
  let fail: ((why?: Error) => void) | null = null;
  const trial: Trial = {
    tasks: [],
    streams: { open: 0, closed: 0 },
    nowMs: 1_760_000_000_000,
    settings: begin.settings ?? SETTINGS,
    ends: begin.ends ?? [DONE],
    tell: (revision) => push?.(revision),
    breakStream: (why) => fail?.(why),
    stop: () => stop.abort(),
  };
  const began = trial.nowMs;
  let waits = 0;
  const world: DaemonWorld = {
    nowMs: () => trial.nowMs,
    settings: () => trial.settings,
    lastProofMs: async () => began, // no proof is due
    async wait(ms, signal) {
      await meanwhile(trial, ++waits);
      // An announcement reaches the daemon after a few promises.
      for (let n = 0; n < 10; n++) await null;
      if (!signal.aborted) trial.nowMs += ms;
      if (waits > 1000) stop.abort();
    },
    async act(task) {
      trial.tasks.push(`${task} at ${(trial.nowMs - began) / MINUTE}`);
      begin.during?.(trial, task);
      return trial.ends.length > 1 ? trial.ends.shift()! : trial.ends[0]!;
    },
    async *listen(signal) {
      trial.streams.open++;
      const queue: bigint[] = [];
      let wake = (): void => undefined;
      let failed: Error | null = null;
      push = (revision) => {
        queue.push(revision);
        wake();
      };
      fail = (why = new Error('refused')) => {
        failed = why;
        wake();
      };
      signal.addEventListener('abort', () => wake());
      try {
        while (!signal.aborted && failed === null) {
          const revision = queue.shift();
          if (revision !== undefined) yield revision;
          else await new Promise<void>((resolve) => (wake = resolve));
        }
        if (failed !== null) throw failed;
      } finally {
        trial.streams.closed++;
      }
    },
  };
  await runDaemon(world, stop.signal);
  assert.is(trial.streams.open, trial.streams.closed, 'every stream is closed in the end');
  return trial;
};

const loop = suite('the daemon');

loop('begins with a pass and makes one every interval', async () => {
  const { tasks } = await live((trial) => {
    if (trial.tasks.length === 4) trial.stop();
  });
  assert.equal(tasks, ['pass at 0', 'pass at 5', 'pass at 10', 'pass at 15']);
});

loop('pulls when a revision is told that it has not seen, and only then', async () => {
  const { tasks } = await live(
    (trial, waits) => {
      if (waits === 1) trial.tell(9n); // late
      if (waits === 2) trial.tell(10n); // what the pass had seen
      if (waits === 3) trial.tell(11n);
      if (trial.tasks.length === 3) trial.stop();
    },
    { ends: [DONE, { outcome: 'done', seen: 11n }] },
  );
  assert.equal(tasks, ['pass at 0', 'pull at 0', 'pass at 5']); // an announcement ends a wait at once
});

loop('takes many revisions told at once as one', async () => {
  const { tasks } = await live(
    (trial, waits) => {
      if (waits === 1) for (let revision = 11n; revision < 60n; revision++) trial.tell(revision);
      if (trial.tasks.length === 3) trial.stop();
    },
    { ends: [DONE, { outcome: 'done', seen: 59n }] },
  );
  assert.equal(tasks, ['pass at 0', 'pull at 0', 'pass at 5']);
});

loop('does not forget a revision that is told while it works', async () => {
  const { tasks } = await live(
    (trial, waits) => {
      if (waits === 1) trial.tell(11n);
      if (trial.tasks.length === 3) trial.stop();
    },
    {
      ends: [DONE, { outcome: 'done', seen: 11n }, { outcome: 'done', seen: 12n }],
      during: (trial) => {
        if (trial.tasks.length === 2) trial.tell(12n);
      },
    },
  );
  assert.equal(tasks, ['pass at 0', 'pull at 0', `pull at ${0.5 / 60}`]);
});

loop('waits for another kt-client, and keeps the nudge', async () => {
  const { tasks } = await live(
    (trial, waits) => {
      if (waits === 1) trial.tell(11n);
      if (trial.tasks.length === 3) trial.stop();
    },
    { ends: [DONE, { outcome: 'busy', seen: null }, { outcome: 'done', seen: 11n }] },
  );
  assert.equal(tasks, ['pass at 0', 'pull at 0', `pull at ${5 / 60}`]);
});

loop('goes on after failures, at the next interval', async () => {
  const { tasks } = await live(
    (trial) => {
      if (trial.tasks.length === 3) trial.stop();
    },
    { ends: [{ outcome: 'failed', seen: null }] },
  );
  assert.equal(tasks, ['pass at 0', 'pass at 5', 'pass at 10']);
});

loop('asks nothing of a server that refuses it, until an hour went by or the settings are others', async () => {
  const refused = await live(
    (trial) => {
      if (trial.tasks.length === 2) trial.stop();
    },
    { ends: [{ outcome: 'refused', seen: null }] },
  );
  assert.equal(refused.tasks, ['pass at 0', 'pass at 60']);
  assert.is(refused.streams.open, 0);

  const mended = await live(
    (trial, waits) => {
      if (waits === 4) trial.settings = { ...SETTINGS, identity: 'another key' };
      if (trial.tasks.length === 2) trial.stop();
    },
    { ends: [{ outcome: 'refused', seen: null }, DONE] },
  );
  assert.equal(mended.tasks, ['pass at 0', 'pass at 2']);
  assert.is(mended.streams.open, 1);
});

loop('listens anew with other settings, and not where nothing is pulled', async () => {
  const changed = await live((trial, waits) => {
    if (waits === 1) trial.settings = { ...SETTINGS, identity: 'second', intervalMs: MINUTE };
    if (trial.tasks.length === 3) trial.stop();
  });
  assert.is(changed.streams.open, 2);
  assert.equal(changed.tasks, ['pass at 0', 'pass at 0.5', 'pass at 1.5']);

  const { streams } = await live(
    (trial) => {
      if (trial.tasks.length === 2) trial.stop();
    },
    { settings: { ...SETTINGS, listens: false } },
  );
  assert.is(streams.open, 0);
});

loop('listens again after a stream that ended for good, with the next good pass', async () => {
  const { streams } = await live((trial, waits) => {
    if (waits === 1) trial.breakStream();
    if (trial.tasks.length === 3) trial.stop();
  });
  assert.is(streams.open, 2);
});

const MOVED = new KtError('moved', 'the account was moved');

loop('makes a pass at once when the stream ends because the account was moved, one more an interval', async () => {
  const { tasks, streams } = await live((trial, waits) => {
    if (waits > 1 && waits < 30) trial.breakStream(MOVED); // whatever passes find
    if (waits === 30) trial.stop();
  });
  assert.equal(
    tasks,
    [0, 0.5, 5.5, 5.5, 10.5, 10.5].map((minute) => `pass at ${minute}`),
  );
  assert.ok(streams.open <= tasks.length, 'a stream with each pass');
});

loop('goes on with the settings that followed the account, and listens there', async () => {
  const { tasks, streams } = await live(
    (trial, waits) => {
      if (waits === 2) trial.breakStream(MOVED);
      if (trial.tasks.length === 4) trial.stop();
    },
    {
      during: (trial) => {
        if (trial.tasks.length === 2) trial.settings = { ...trial.settings, identity: 'at the new address' };
      },
    },
  );
  assert.equal(tasks, ['pass at 0', 'pass at 0.5', 'pass at 0.5', 'pass at 5.5']);
  assert.is(streams.open, 3);
});

loop('ends at once when it waits, and after the task when it works', async () => {
  const waiting = await live((trial) => trial.stop());
  assert.equal(waiting.tasks, ['pass at 0']);
  const working = await live(() => assert.unreachable(), { during: (trial) => trial.stop() });
  assert.equal(working.tasks, ['pass at 0']);
});

loop.run();
