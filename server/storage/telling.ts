import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';

/** The channel on which processes tell each other whose revision moved. */
export const CHANNEL = 'kt_revision';
/** How often other processes are told at most, in ms. */
const TELL_EVERY = 50;
/** How long closing waits for the last message, in ms: the database may be frozen. */
const GOODBYE = 1_000;
/** PostgreSQL takes messages of less than 8,000 bytes. */
const MOST_BYTES = 7_900;

/**
 * Tells that accounts have something new: a revision, or a key that was revoked. Always after the commit, and nothing
 * but whose: whoever watches the account reads where it is. So a message that is lost, late or doubled does no harm,
 * and a process that ends between commit and message costs no more than the next probe (feed.ts).
 */
export type Telling = {
  /** Tells listeners in this process at once, other processes soon. */
  tell(accounts: Iterable<number>): void;
  /** Calls `listener` with accounts, until the function that it returns is called. */
  hear(listener: (accounts: readonly number[]) => void): () => void;
  /** What a message says to this process: accounts, or none if it is one of its own. */
  read(message: string): readonly number[];
  /** Sends what is still to be sent. */
  close(): Promise<void>;
};

/** `send` sends a message to all processes, this one too; null where there is no other. */
export const makeTelling = (send: ((message: string) => Promise<void>) | null): Telling => {
  const listeners = new Set<(accounts: readonly number[]) => void>();
  const own = randomUUID();
  const due = new Set<number>();
  let sending: Promise<void> | undefined;
  let waiting: NodeJS.Timeout | undefined;

  const sendAll = async (): Promise<void> => {
    const messages = messagesOf(own, due);
    due.clear();
    try {
      for (const message of messages) await send!(message);
    } catch {
      // The database is gone, for those who listen too: they read everything when it is back.
    }
  };
  const sendSoon = () => {
    if (due.size === 0 || sending || waiting) return;
    sending = sendAll().then(() => {
      sending = undefined;
      waiting = setTimeout(() => {
        waiting = undefined;
        sendSoon();
      }, TELL_EVERY).unref();
    });
  };

  return {
    tell: (accounts) => {
      const all = [...accounts];
      if (all.length === 0) return;
      for (const listener of listeners) listener(all);
      if (send === null) return;
      for (const account of all) due.add(account);
      sendSoon();
    },
    hear: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    read: (message) => {
      const [sender, ...accounts] = message.split(' ');
      return sender === own ? [] : accounts.map(Number);
    },
    close: async () => {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, GOODBYE)));
      await Promise.race([late, (sending ?? Promise.resolve()).then(() => (due.size > 0 ? sendAll() : undefined))]);
      clearTimeout(timer);
      clearTimeout(waiting);
    },
  };
};

/** "<who sends> <account> <account> …", as many accounts as fit. Accounts by their numbers. */
const messagesOf = (own: string, accounts: Iterable<number>): string[] => {
  const messages: string[] = [];
  let message = own;
  for (const account of accounts) {
    if (message.length + 1 + String(account).length > MOST_BYTES) {
      messages.push(message);
      message = own;
    }
    message += ` ${account}`;
  }
  return message === own ? messages : [...messages, message];
};

/** Whom to tell once a transaction is committed. */
const notes = new WeakMap<object, Set<number>>();

/**
 * Has an account's watchers told once this transaction is committed, and never if it is not. `lockAccount` and
 * `takeRevision` (changes.ts) do, so whoever moves a revision need not think of it.
 */
export const tellAfterCommit = (tx: object, account: number): void => void notes.get(tx)?.add(account);

/** Begins to note, for a transaction or whatever else runs statements; the set fills meanwhile. */
export const noteFor = (tx: object): Set<number> => {
  const accounts = new Set<number>();
  notes.set(tx, accounts);
  return accounts;
};

/** Has what is noted for `tx` noted for `on`, whose transaction it is. */
export const noteAs = (on: object, tx: object): void => {
  const accounts = notes.get(on);
  if (accounts) notes.set(tx, accounts);
};

/** What is held back while `toldOnce` runs. */
const held = new AsyncLocalStorage<Set<number>>();
let holding = 0;

/** Runs work of many transactions, an import say, and tells of all of them at its end, whether it succeeds or not. */
export const holdBack = async <T>(telling: Telling, work: () => Promise<T>): Promise<T> => {
  const accounts = new Set<number>();
  holding++;
  try {
    return await held.run(accounts, work);
  } finally {
    // Before Node 24 every promise of the process pays for it as long as it is on.
    if (--holding === 0) held.disable();
    telling.tell(accounts);
  }
};

/** Tells, or leaves it to the `holdBack` around. */
export const tellNow = (telling: Telling, accounts: ReadonlySet<number>): void => {
  const store = held.getStore();
  if (store) for (const account of accounts) store.add(account);
  else telling.tell(accounts);
};
