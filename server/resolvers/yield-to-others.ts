import { makeRoundRobin, type Whose } from '../../domain/round-robin.ts';
import type { Steps } from '../../domain/steps.ts';

/** Waits for the end of this turn of the event loop: what was read in it has begun by then. */
export const endOfTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const waiting = makeRoundRobin<() => void>();

const goOn = (): void => {
  const next = waiting.next();
  if (waiting.size > 0) setImmediate(goOn);
  next?.();
};

/**
 * Lets other requests run between two pieces of work. Whatever takes long stands in line, and one piece goes on in each
 * turn of the event loop: a heartbeat takes several turns, and where thirty pieces of 10 ms went on in each it took two
 * seconds. Accounts have their turns one after the other, however much of each waits: a page of one that asks for
 * little waited seconds for another's exports, lists and sums.
 */
export const yieldToOthers = (whose: Whose): Promise<void> =>
  new Promise((resolve) => {
    if (waiting.size === 0) setImmediate(goOn);
    waiting.add(whose, resolve);
  });

/** How long a piece of work may go on while others wait, in ms: no request makes them wait for 100 (test/attacks). */
const TURN = 10;

/** Work that goes through a list looks at `isOver` after each piece, and awaits `next` where it is. */
export type Turns = { isOver(): boolean; next(): Promise<void> };

export const makeTurns = (whose: Whose): Turns => {
  let began = performance.now();
  return {
    isOver: () => performance.now() - began >= TURN,
    next: async () => {
      await yieldToOthers(whose);
      began = performance.now();
    },
  };
};

/** The result of work in steps, while others have their turns. */
export const inTurns = async <T>(whose: Whose, steps: Steps<T>): Promise<T> => {
  const turns = makeTurns(whose);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (turns.isOver()) await turns.next();
  }
};
