import { KtError } from '../../domain/errors.ts';

/** What a request holds of the server's memory for its body, until `release`. */
export type Held = {
  /**
   * Holds so many bytes more. Fails with `unavailable` where all that is under way, or all of this
   * owner's, would be too much.
   */
  hold(bytes: number): void;
  release(): void;
};

/**
 * The bodies that are being worked on, all together: each is bounded by itself, and a hundred at once would be too
 * much.
 */
export type UnderWay = { enter(owner: string): Held };

/**
 * Bytes of bodies under way, of all and of one owner; and what a request may hold without being counted, so
 * that a heartbeat passes.
 */
const UNDER_WAY = { all: 96_000_000, owner: 40_000_000, small: 64_000 };

/** Counts by owner: an account, which can't take the room of all others. */
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
