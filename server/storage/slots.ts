import { lost } from './lost.ts';

/** Places of which a limited number is held at once, in the order of asking. */
export type Slots = {
  /** A place; call what it returns, once, to leave it. Fails where none came free in time. */
  take(): Promise<() => void>;
  /** How many wait for one. */
  readonly waiting: number;
};

/** `patience` is how long `take` waits, in ms. It fails as a lost connection does. */
export const makeSlots = (most: number, patience: number): Slots => {
  const waiting = new Set<() => void>();
  let held = 0;
  const leave = (): void => {
    const [next] = waiting;
    if (next) next();
    else held--;
  };
  return {
    get waiting() {
      return waiting.size;
    },
    take: async () => {
      if (held < most) {
        held++;
        return leave;
      }
      await new Promise<void>((resolve, reject) => {
        const begin = () => {
          clearTimeout(timer);
          waiting.delete(begin);
          resolve();
        };
        const timer = setTimeout(() => {
          waiting.delete(begin);
          reject(lost('no connection came free in time'));
        }, patience);
        waiting.add(begin);
      });
      return leave;
    },
  };
};
