/** Whose something is: an account's, or nobody's in particular. */
export type Whose = number | null;

/** What waits, in one line for each account; the accounts have their turns one after the other. */
export type RoundRobin<T> = {
  /** How many accounts have something waiting. */
  readonly size: number;
  add(whose: Whose, item: T): void;
  /** Takes what is next; undefined where nothing waits. */
  next(): T | undefined;
};

export const makeRoundRobin = <T>(): RoundRobin<T> => {
  /** The account whose turn is next comes first. */
  const lines = new Map<Whose, T[]>();
  return {
    get size() {
      return lines.size;
    },
    add: (whose, item) => {
      const line = lines.get(whose);
      if (line) line.push(item);
      else lines.set(whose, [item]);
    },
    next: () => {
      for (const [whose, line] of lines) {
        const item = line.shift();
        lines.delete(whose);
        if (line.length > 0) lines.set(whose, line);
        return item;
      }
      return undefined;
    },
  };
};
