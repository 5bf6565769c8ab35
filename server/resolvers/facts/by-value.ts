/** A number by the number of a value. */
export type ByValue = {
  has(value: number): boolean;
  /** -1 where none was set. */
  get(value: number): number;
  /** `number`: from -1 up. */
  set(value: number, number: number): void;
};

/** Values that lie in an array, 4 bytes each: a year asks for 100,000, and a map takes three times as long. */
const MOST_DENSE = 1 << 20;
const FIRST_SIZE = 1 << 12;

/** Values are numbered from 1 within an account, so that nearly all of them are small. */
export const makeByValue = (): ByValue => {
  // Numbers are kept as two more than they are: 0 is one that was never set.
  let dense = new Int32Array(FIRST_SIZE);
  const rest = new Map<number, number>();
  return {
    has: (value) => (value < dense.length ? dense[value]! > 0 : rest.has(value)),
    get: (value) => (value < dense.length ? (dense[value]! || 1) - 2 : (rest.get(value) ?? -1)),
    set: (value, number) => {
      if (value >= dense.length && value < MOST_DENSE) {
        const grown = new Int32Array(Math.min(MOST_DENSE, 2 ** Math.ceil(Math.log2(value + 1))));
        grown.set(dense);
        dense = grown;
      }
      if (value < dense.length) dense[value] = number + 2;
      else rest.set(value, number);
    },
  };
};
