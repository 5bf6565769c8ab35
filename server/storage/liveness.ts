import { isAnswer, lost } from './lost.ts';

/**
 * How often pending work is checked, in ms. Time is counted in checks, so that a busy thread of our own is not taken
 * for a frozen server.
 */
const LOOK_EVERY = 1000;
/** Checks without any answer, while something is pending, before a fresh connection is tried. */
const SILENT = 3;
/** Checks that this connection may take. */
const PING_LOOKS = 4;

/**
 * Tells a slow server from a frozen one. A statement may take a minute for good reasons, so no statement has a timeout
 * for this. Instead, when nothing at all was answered for a while, `ping` tries a fresh connection. If that is not
 * answered either, everything pending fails at once, and so does everything new, until a later `ping` is answered.
 */
export type Liveness = {
  /**
   * Waits for an answer of the server; `cut` ends the wait when the server is frozen. Any answer is a sign of life, an
   * error too.
   */
  watch<T>(answer: Promise<T>, cut: () => void): Promise<T>;
  /** Fails when the server is known to be frozen. */
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
      // Answers that arrived while this thread was busy are read before the attempt is given up.
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
