class Failure extends Error {}

/** Fails the scenario with `what` unless it holds. */
export const check = (holds: boolean, what: () => string): void => {
  if (!holds) throw new Failure(what());
};
