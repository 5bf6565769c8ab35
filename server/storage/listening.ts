import { randomUUID } from 'node:crypto';
import { asServerError, isAnswer } from './lost.ts';
import { connectionOptions, PgClient } from './pg-client.ts';

/** How often the listening connection is tested, in ms. */
const PROBE_EVERY = 30_000;
/** How long our own test message may take to arrive, in ms. */
const ARRIVES_WITHIN = 5_000;
/** How long connecting and LISTEN may take, in ms. */
const BEGINS_WITHIN = 8_000;
/**
 * How long to wait before listening again after the connection was lost, in ms: longer each time, up to the last value.
 */
const FIRST_PAUSE = 100;
const LAST_PAUSE = 10_000;

/** Receives what is heard on a channel. */
export type Hearer = {
  heard(payload: string): void;
  /**
   * Called with null once listening is known to work, and again every half minute, because a message may have been
   * lost; and with the reason when it stops working.
   */
  holds(why: string | null): void;
};

/** A part of `pg` that its types leave out: whether a connection keeps the process alive. */
type Referable = { unref(): void };

/** Waits, at most until the signal. Does not keep the process alive. */
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
 * Listens on a NOTIFY channel on a connection of its own, until the signal, and reconnects when that is lost. `send`
 * sends a message to the channel on another connection, as writers do: only when that arrives does listening work,
 * which it never does behind a pooler that assigns a connection per transaction. Resolves when everything is closed.
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

/** Runs what a working server does in a moment; aborted when it takes too long, or when the signal comes. */
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

/** The life of one connection: ends with the signal, or fails. */
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
      (client as unknown as Referable).unref(); // a connection that only waits must not keep the process alive
      await client.query(`listen ${channel}`);
    });
    while (!stopped.aborted) {
      own = `probe ${randomUUID()}`;
      const arrival = new AbortController();
      arrived = () => arrival.abort();
      try {
        await send(own);
      } catch (error) {
        // A failed test write says nothing about this connection. A read-only server has no changes to announce
        // either.
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
