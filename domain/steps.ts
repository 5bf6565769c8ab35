/**
 * Work that may take long, in steps: it yields wherever others may have their turn, and returns its result. Who runs it
 * decides whether anybody gets one.
 */
export type Steps<T> = Generator<void, T, void>;

/** The result, without a pause. */
export const atOnce = <T>(steps: Steps<T>): T => {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
};
