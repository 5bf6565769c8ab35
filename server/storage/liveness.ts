import { isAnswer, lost } from './lost.ts';

/**
 * How often we look whether anything waits, in ms. Time is counted in looks, so that a thread that was busy itself
 * blames nobody.
 */
const LOOK_EVERY = 1000;
/** Looks without a single answer, while something waits, before we ask by a connection of its own. */
const SILENT = 3;
/** Looks that this question may take. */
const PING_LOOKS = 4;

/**
 * Tells a server that is slow from one that is frozen. A statement may take a minute, for good reasons, so no
 * statement has a time of its own for this: when nothing at all was answered for a while, `ping` asks by a fresh
 * connection. If that gets no answer either, all that waits fails at once, and so does what comes, until a later
 * `ping` is answered.
 */
export type Liveness = {
  /**
   * Waits for an answer of the server's; `cut` ends the wait where the server is frozen. Any answer is a sign of life,
   * a refusal too.
   */
  watch<T>(answer: Promise<T>, cut: () => void): Promise<T>;
  /** Fails where the server is known to be frozen. */
  check(): void;
  stop(): void;
};

type Waiting = { readonly fail: (error: Error) => void };

export const makeLiveness = (ping: (signal: AbortSignal) => Promise<void>): Liveness => {
  const waiting = new Set<Waiting>();
  let silent = 0;
  let frozen: Error | null = null;
  let asking: { readonly abort: AbortController; looks: number } | null = null;
  let timer: NodeJS.Timeout | undefined;

  const alive = () => {
    silent = 0;
    frozen = null;
  };
  const ask = () => {
    const question = (asking = { abort: new AbortController(), looks: 0 });
    ping(question.abort.signal)
      .then(alive, (error: unknown) => {
        if (isAnswer(error)) return alive();
        frozen = lost(
          question.abort.signal.aborted ? `no answer within ${SILENT + PING_LOOKS} s` : (error as Error).message,
          error,
        );
        for (const { fail } of [...waiting]) fail(frozen);
      })
      .finally(() => (asking = null));
  };
  const look = () => {
    if (asking) {
      // What came in while this thread was busy is read before the question is given up.
      if (++asking.looks >= PING_LOOKS) setImmediate((question: typeof asking) => question?.abort.abort(), asking);
      return;
    }
    if (waiting.size === 0 && !frozen) {
      clearInterval(timer);
      timer = undefined;
      return;
    }
    if (frozen || ++silent >= SILENT) ask();
  };

  return {
    watch: (answer, cut) =>
      new Promise((resolve, reject) => {
        if (waiting.size === 0) silent = 0;
        timer ??= setInterval(look, LOOK_EVERY).unref();
        const entry: Waiting = {
          fail: (error) => {
            waiting.delete(entry);
            cut();
            reject(error);
          },
        };
        waiting.add(entry);
        answer.then(
          (value) => {
            waiting.delete(entry);
            alive();
            resolve(value);
          },
          (error: unknown) => {
            waiting.delete(entry);
            if (isAnswer(error)) alive();
            reject(error);
          },
        );
      }),
    check: () => {
      if (frozen) throw frozen;
    },
    stop: () => {
      clearInterval(timer);
      asking?.abort.abort();
    },
  };
};
