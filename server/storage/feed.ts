import { KtError, isKtError } from '../../domain/errors.ts';
import { standings } from './changes.ts';
import { driverOf, portOf, tellingOf, type Database } from './database.ts';
import { elsewhere } from './elsewhere.ts';
import { readLatest, type Teller } from './read-latest.ts';
import { CHANNEL } from './telling.ts';

/**
 * How often all watched accounts and keys are checked without a notification, in ms: a message may be lost, and a key
 * expires silently.
 */
const LOOK_EVERY = 30_000;
/** The same while listening does not work. */
const POLL_EVERY = 2_000;

/**
 * Announces that an account's revision moved, whichever process on this database moved it. Only a number, after the
 * commit: a lost, late or doubled announcement does no harm, since readers fetch by their cursor.
 */
export type Feed = {
  /**
   * The account's revision now, and again whenever it moves, until the reader returns. A slow reader gets only the
   * latest. Fails with `moved` once the account is served elsewhere, and with `unauthenticated` once it is gone, or the
   * key or the session (by its id; null: none) is no longer valid.
   */
  watch(account: number, key?: string | null): AsyncGenerator<bigint>;
  /** Starts listening; otherwise the first reader does. */
  begin(): void;
  /** Checks everything that is watched: after a key was revoked or a session ended, say. */
  look(): void;
  close(): Promise<void>;
};

export type FeedOptions = {
  /** Gets a line for the log when listening stops working, and when it works again. */
  readonly tell?: (line: string) => void;
  readonly now?: () => Date;
  readonly lookEvery?: number;
};

type Watcher = Teller & { readonly account: number; readonly key: string | null; isNew: boolean };

/** Watchers of one account: its devices' clients have one each, and every page of the dashboard that is open. */
const MOST_WATCHERS = 200;
const TOO_MANY = `${MOST_WATCHERS} subscriptions of this account are open already: end some, or ask \`changes\``;
const ENDED =
  'the API key or the session was revoked or has expired: ' +
  'make a key with "kt-server generate-key --email YOU", or sign in again';

/** Listens on the database from the first watcher on. Close it before the database. */
export const makeFeed = (
  database: Database,
  { tell = () => {}, now = () => new Date(), lookEvery = LOOK_EVERY }: FeedOptions = {},
): Feed => {
  const watchers = new Set<Watcher>();
  /** How many watchers each account has. */
  const watched = new Map<number, number>();
  const closed = new AbortController();
  let listening: Promise<void> | undefined;
  /** Why nothing can be heard; null while listening works. */
  let silence: string | null = 'nobody listens yet';
  /**
   * How often in a row listening failed although the database answered: a single time may be a server's last answer
   * before it shuts down.
   */
  let misses = 0;
  let answers = false;
  let told = false;
  let timer: NodeJS.Timeout | undefined;

  /**
   * Accounts whose watchers need a check, or all of them. One check runs at a time; requests that come
   * meanwhile go into the next.
   */
  const due = new Set<number>();
  let allDue = false;
  let looking = false;

  const look = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    try {
      while ((allDue || due.size > 0) && !closed.signal.aborted) {
        const chosen = [...watchers].filter(({ account }) => allDue || due.has(account));
        allDue = false;
        due.clear();
        if (chosen.length > 0 || (silence !== null && !told)) await lookAt(chosen);
      }
    } finally {
      looking = false;
    }
  };

  const lookAt = async (chosen: readonly Watcher[]): Promise<void> => {
    try {
      const accounts = [...new Set(chosen.map(({ account }) => account))];
      const keys = [...new Set(chosen.flatMap(({ key }) => (key === null ? [] : [key])))];
      const { revisions, moved, good } = await standings(portOf(database), accounts, keys, now());
      for (const watcher of chosen) {
        const revision = revisions.get(watcher.account);
        watcher.isNew = false;
        const movedTo = moved.get(watcher.account);
        if (movedTo !== undefined) watcher.fail(elsewhere({ movedTo }));
        else if (revision === undefined || (watcher.key !== null && !good.has(watcher.key)))
          watcher.fail(new KtError('unauthenticated', ENDED));
        else watcher.tell(revision);
      }
      answers = true;
      if (misses > 1 && !told) {
        told = true;
        tell(`${silence}. Until it works, subscribers learn of changes by polling, every ${POLL_EVERY / 1000} s`);
      }
    } catch (error) {
      answers = false;
      misses = 0;
      // Existing watchers continue when the database is back; a new one gets the error.
      for (const watcher of chosen) if (watcher.isNew || !isKtError(error, 'unavailable')) watcher.fail(error);
    }
  };

  const lookAtAll = () => {
    allDue = true;
    void look();
  };
  const schedule = () => {
    clearTimeout(timer);
    if (closed.signal.aborted) return;
    timer = setTimeout(
      () => {
        lookAtAll();
        schedule();
      },
      silence === null ? lookEvery : Math.min(lookEvery, POLL_EVERY),
    ).unref();
  };

  const holds = (why: string | null) => {
    const changed = (why === null) !== (silence === null);
    silence = why;
    misses = why !== null && answers ? misses + 1 : 0;
    if (why === null && told) {
      told = false;
      tell('LISTEN works again: subscribers learn of changes at once');
    }
    if (changed) schedule();
    lookAtAll();
  };

  const heard = (accounts: readonly number[]) => {
    const ours = accounts.filter((account) => watched.has(account));
    for (const account of ours) due.add(account);
    if (ours.length > 0) void look();
  };
  const telling = tellingOf(database);
  const deafen = telling.hear(heard);

  const begin = () => {
    if (listening || closed.signal.aborted) return;
    listening = driverOf(database).listen(
      CHANNEL,
      { holds, heard: (message) => heard(telling.read(message)) },
      closed.signal,
    );
    schedule();
  };

  return {
    watch: (account, key = null) =>
      readLatest(closed.signal, (teller) => {
        if ((watched.get(account) ?? 0) >= MOST_WATCHERS) {
          teller.fail(new KtError('rate_limited', TOO_MANY));
          return () => {};
        }
        const watcher: Watcher = { account, key, isNew: true, ...teller };
        watchers.add(watcher);
        watched.set(account, (watched.get(account) ?? 0) + 1);
        begin();
        due.add(account);
        void look();
        return () => {
          watchers.delete(watcher);
          const left = watched.get(account)! - 1;
          if (left > 0) watched.set(account, left);
          else watched.delete(account);
        };
      }),
    begin,
    look: lookAtAll,
    close: async () => {
      closed.abort();
      deafen();
      clearTimeout(timer);
      await listening?.catch(() => {});
    },
  };
};
