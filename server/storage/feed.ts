import { revisionOf } from './changes.ts';
import { driverOf, run, type Database } from './database.ts';

/** The channel in which the trigger on `users` tells revisions: "<user id> <revision>". */
const CHANNEL = 'kt_revision';

/**
 * Tells that an account's revision moved, whichever process on this database moved it. Only a number, after the commit: lost,
 * late or doubled it costs nothing, since the cursor is the truth.
 */
export type Feed = {
  /** The account's revision now, then whenever it moves, until the reader returns it. Of several moves that nobody took yet the last alone is told. */
  watch(user: string): AsyncGenerator<bigint>;
  close(): Promise<void>;
};

type Listener = { readonly user: string; wake(): void };

/** Listens on the database from the first watcher on. Close it before the database. */
export const makeFeed = (database: Database): Feed => {
  const listeners = new Set<Listener>();
  const closed = new AbortController();
  const wake = (user: string | null) => {
    for (const listener of listeners) if (user === null || listener.user === user) listener.wake();
  };
  let stop: Promise<() => Promise<void>> | undefined;
  const listening = async (): Promise<void> => {
    // A connection that was lost may have missed something: then everybody looks.
    stop ??= driverOf(database).listen(CHANNEL, (payload) => wake(payload.split(' ')[0]!), () => wake(null));
    await stop.catch((error: unknown) => {
      stop = undefined;
      throw error;
    });
  };

  const revisions = async function* (user: string, left: AbortSignal): AsyncGenerator<bigint> {
    const ends = AbortSignal.any([left, closed.signal]);
    let moved = true;
    let waiting = () => {};
    const listener: Listener = {
      user,
      wake: () => {
        moved = true;
        waiting();
      },
    };
    const end = () => waiting();
    listeners.add(listener);
    ends.addEventListener('abort', end);
    try {
      await listening();
      for (let told = -1n; !ends.aborted; ) {
        if (!moved) {
          await new Promise<void>((resolve) => {
            waiting = resolve;
            if (moved || ends.aborted) resolve();
          });
          continue;
        }
        moved = false;
        // Read, not taken from the message: of many moves in a row this tells the last at once.
        const revision = await run(database, (tx) => revisionOf(tx, user));
        if (revision > told) yield (told = revision);
      }
    } finally {
      listeners.delete(listener);
      ends.removeEventListener('abort', end);
    }
  };

  return {
    watch: (user) => endedByReturn((left) => revisions(user, left)),
    close: async () => {
      closed.abort();
      await (await stop)?.();
    },
  };
};

/** A generator whose `return` also ends what it waits for; a plain one would come to it with its next value. */
const endedByReturn = (start: (left: AbortSignal) => AsyncGenerator<bigint>): AsyncGenerator<bigint> => {
  const left = new AbortController();
  const inner = start(left.signal);
  const end = inner.return.bind(inner);
  inner.return = (value) => {
    left.abort();
    return end(value);
  };
  return inner;
};
