import type { Steps } from '../../domain/steps.ts';

/** Waits for the end of this turn of the event loop: what was read in it has begun by then. */
export const endOfTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const waiting: (() => void)[] = [];
const goOn = (): void => {
  const next = waiting.shift();
  if (waiting.length > 0) setImmediate(goOn);
  next?.();
};

/**
 * Lets other requests run between two pieces of work: the embedded database runs on this thread. Whatever takes long
 * stands in one line, of which one goes on in each turn of the event loop: a heartbeat takes several turns, and where
 * thirty pieces of 10 ms went on in each it took two seconds.
 */
export const yieldToOthers = (): Promise<void> =>
  new Promise((resolve) => {
    if (waiting.push(resolve) === 1) setImmediate(goOn);
  });

/** How long a piece of work may go on while others wait, in ms: no request makes them wait for 100 (test/attacks). */
const TURN = 10;

/** Work that goes through a list looks at `isOver` after each piece, and awaits `next` where it is. */
export type Turns = { isOver(): boolean; next(): Promise<void> };

export const makeTurns = (): Turns => {
  let began = performance.now();
  return {
    isOver: () => performance.now() - began >= TURN,
    next: async () => {
      await yieldToOthers();
      began = performance.now();
    },
  };
};

/** The result of work in steps, while others have their turns. */
export const inTurns = async <T>(steps: Steps<T>): Promise<T> => {
  const turns = makeTurns();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (turns.isOver()) await turns.next();
  }
};
