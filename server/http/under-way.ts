import { KtError } from '../../domain/errors.ts';

/** The memory that a request's body takes, counted until `release`. */
export type Held = {
  /**
   * Counts this many bytes more. Fails with `unavailable` when the total of all requests, or that of this owner, would
   * exceed its limit.
   */
  hold(bytes: number): void;
  release(): void;
};

/**
 * Limits the bodies that are being processed, taken together: each has a limit of its own, but a hundred at once would
 * be too much.
 */
export type UnderWay = { enter(owner: string): Held };

/**
 * Limits for all bodies together and for one owner's, in bytes; and what a request may hold without being counted, so
 * that a heartbeat always passes.
 */
const UNDER_WAY = { all: 96_000_000, owner: 40_000_000, small: 64_000 };

/** Counts by owner, which is an account, so that none can take the share of all others. */
export const makeUnderWay = (limits = UNDER_WAY): UnderWay => {
  const owners = new Map<string, number>();
  let all = 0;
  return {
    enter: (owner) => {
      let size = 0;
      let counted = 0;
      const add = (bytes: number) => {
        counted += bytes;
        all += bytes;
        const left = (owners.get(owner) ?? 0) + bytes;
        if (left > 0) owners.set(owner, left);
        else owners.delete(owner);
      };
      return {
        hold: (bytes) => {
          size += bytes;
          if (size <= limits.small) return;
          const more = size - counted;
          if (all + more > limits.all || (owners.get(owner) ?? 0) + more > limits.owner) {
            throw new KtError(
              'unavailable',
              'the server is receiving as much as it can hold at once: try again, or send smaller parts',
            );
          }
          add(more);
        },
        release: () => {
          size = 0;
          add(-counted);
        },
      };
    },
  };
};
