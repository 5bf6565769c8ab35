/**
 * Small reads of requests that are here at the same time share a round trip: each costs a packet, a wake-up of the
 * engine and one of this process otherwise, which is most of what such a statement takes.
 */
import type { Answer, KnownStatement } from './port.ts';

/** The most statements of one round trip: a tenth of a millisecond of the engine each. */
const MOST = 64;
/** How many round trips are under way at most; what comes meanwhile waits for one of them, and goes together. */
const UNDER_WAY = 2;

type Waiting = {
  readonly statement: KnownStatement;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
};

/** `each` runs statements by themselves in one round trip, and says how each ended. */
export const makeQuickStatements = (
  each: (statements: readonly KnownStatement[]) => Promise<PromiseSettledResult<Answer>[]>,
): ((statement: KnownStatement) => Promise<Answer>) => {
  const waiting: Waiting[] = [];
  let underWay = 0;
  let due = false;

  const go = async (): Promise<void> => {
    underWay++;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, MOST);
      try {
        const ended = await each(batch.map(({ statement }) => statement));
        for (const [i, one] of ended.entries())
          if (one.status === 'fulfilled') batch[i]!.resolve(one.value);
          else batch[i]!.reject(one.reason);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    underWay--;
  };

  // At the end of this turn of the event loop: until then come those of all requests that were read in it.
  const start = () => {
    due = false;
    if (waiting.length > 0 && underWay < UNDER_WAY) void go();
  };

  return (statement) =>
    new Promise((resolve, reject) => {
      waiting.push({ statement, resolve, reject });
      if (due || underWay >= UNDER_WAY) return;
      due = true;
      setImmediate(start);
    });
};
