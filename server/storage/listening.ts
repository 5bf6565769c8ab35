import { randomUUID } from 'node:crypto';
import { asServerError, isAnswer } from './lost.ts';
import { connectionOptions, PgClient } from './pg-client.ts';

/** How often the connection that listens is tried, in ms. */
const PROBE_EVERY = 30_000;
/** How long our own message may be on its way, in ms. */
const ARRIVES_WITHIN = 5_000;
/** How long it may take to connect and to begin listening, in ms. */
const BEGINS_WITHIN = 8_000;
/**
 * How long to wait before listening again after the connection broke, in ms: a little more each time, to a last one.
 */
const FIRST_PAUSE = 100;
const LAST_PAUSE = 10_000;

/** Who is told of what is heard on a channel. */
export type Hearer = {
  heard(payload: string): void;
  /**
   * Null once listening is known to hold, and again every half minute: what was said before may be lost. Else why it
   * does not: nothing
   * will be heard until it does.
   */
  holds(why: string | null): void;
};

/** What `pg` has and its types leave out: whether a connection keeps the process alive. */
type Referable = { unref(): void };

/** Waits, or until the signal. Keeps no process. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms).unref();
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });

/**
 * Listens on a NOTIFY channel by a connection of its own, until the signal, and comes back when it breaks. `send` says
 * something on the
 * channel by another connection, as writers do: only when that is heard does listening hold, which it never does
 * behind a pooler that
 * gives each transaction another connection. Resolves when all is closed.
 */
export const listenOn = async (
  url: string,
  channel: string,
  send: (payload: string) => Promise<void>,
  to: Hearer,
  signal: AbortSignal,
): Promise<void> => {
  for (let tries = 0; !signal.aborted; tries++) {
    try {
      await listenOnce(
        url,
        channel,
        send,
        {
          ...to,
          holds: (why) => {
            if (why === null) tries = 0;
            if (!signal.aborted) to.holds(why);
          },
        },
        signal,
      );
    } catch (error) {
      if (signal.aborted) return;
      to.holds(asServerError(error).message);
    }
    await pause(Math.min(LAST_PAUSE, FIRST_PAUSE * 2 ** Math.min(tries, 20)), signal);
  }
};

/** Does what a server that is there does in a moment; cut where it does not, or where nobody wants it any more. */
const beforeLong = async (client: PgClient, signal: AbortSignal, work: () => Promise<void>): Promise<void> => {
  const cut = () => client.cut();
  const timer = setTimeout(cut, BEGINS_WITHIN).unref();
  signal.addEventListener('abort', cut);
  try {
    await work();
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', cut);
  }
};

/** One connection's life: it ends with the signal, or fails. */
const listenOnce = async (
  url: string,
  channel: string,
  send: (payload: string) => Promise<void>,
  to: Hearer,
  signal: AbortSignal,
): Promise<void> => {
  const client = new PgClient(connectionOptions(url));
  const over = new AbortController();
  const stopped = AbortSignal.any([signal, over.signal]);
  client.once('end', () => over.abort());
  let own = '';
  let arrived = () => {};
  client.on('notification', ({ payload = '' }) => {
    if (payload === own) arrived();
    else if (!payload.startsWith('probe ')) to.heard(payload);
  });
  try {
    await beforeLong(client, signal, async () => {
      await client.connect();
      (client as unknown as Referable).unref(); // it waits for others, and is no reason to stay
      await client.query(`listen ${channel}`);
    });
    while (!stopped.aborted) {
      own = `probe ${randomUUID()}`;
      const arrival = new AbortController();
      arrived = () => arrival.abort();
      try {
        await send(own);
      } catch (error) {
        // That is no news of this connection. Where the server takes no writes, nobody has anything to say either.
        if (!isAnswer(error)) to.holds('the database does not answer');
        await pause(ARRIVES_WITHIN, stopped);
        continue;
      }
      await pause(ARRIVES_WITHIN, AbortSignal.any([arrival.signal, stopped]));
      if (stopped.aborted) break;
      if (!arrival.signal.aborted) throw new Error('notifications do not arrive');
      to.holds(null);
      await pause(PROBE_EVERY, stopped);
    }
    if (!signal.aborted) throw client.spoiled ?? new Error('the connection ended');
  } finally {
    await client.leave();
  }
};
