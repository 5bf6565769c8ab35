/** A binary heap: `top` is the item that `before` sorts first. */
export type Heap<T> = { top(): T | undefined; push(item: T): void; pop(): T | undefined };

/** `before` compares as in sorting: negative if `a` comes first. */
export const makeHeap = <T>(before: (a: T, b: T) => number): Heap<T> => {
  const items: T[] = [];
  const swap = (i: number, j: number) => ([items[i], items[j]] = [items[j]!, items[i]!]);
  return {
    top: () => items[0],
    push(item) {
      items.push(item);
      for (let i = items.length - 1; i > 0; ) {
        const parent = (i - 1) >> 1;
        if (before(items[i]!, items[parent]!) >= 0) return;
        swap(i, parent);
        i = parent;
      }
    },
    pop() {
      const first = items[0];
      const last = items.pop();
      if (items.length === 0 || last === undefined) return first;
      items[0] = last;
      for (let i = 0; ; ) {
        const children = [2 * i + 1, 2 * i + 2].filter((child) => child < items.length);
        const least = children.reduce((best, child) => (before(items[child]!, items[best]!) < 0 ? child : best), i);
        if (least === i) return first;
        swap(i, least);
        i = least;
      }
    },
  };
};
