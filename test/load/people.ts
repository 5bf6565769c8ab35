/** Accounts with a key each, and devices that are registered: whom a load consists of. */
import { randomUUID } from 'node:crypto';
import { openDatabase } from '../../server/storage/open.ts';
import { register } from '../support/pushing.ts';
import { serverOn } from '../support/test-server.ts';

/** A device, and what the next thing is that it sends. */
export type LoadDevice = {
  readonly key: string;
  /** Which of the servers it talks to, by its place in the list. */
  readonly server: number;
  readonly id: string;
  readonly hostname: string;
  /** The bucket of its watcher that sends heartbeats, by its name in the account's list. */
  readonly bucket: string;
  /** The window that its watcher saw last. */
  window: number;
  /** The last row that it pushed. */
  pushed: number;
};

/**
 * Makes as many accounts as these devices need, `perAccount` on each, in the database itself; the devices spread over
 * `servers` servers, those of an account too.
 */
export const makePeople = async (
  databaseUrl: string,
  { count, perAccount, servers }: { count: number; perAccount: number; servers: number },
): Promise<LoadDevice[]> => {
  const database = await openDatabase(databaseUrl);
  try {
    const server = serverOn(database);
    const devices: LoadDevice[] = [];
    while (devices.length < count) {
      const user = await server.newUser();
      for (let n = 0; n < perAccount && devices.length < count; n++) {
        const [id, hostname] = [randomUUID(), `device-${n}`];
        await register(user, { deviceId: id, hostname, pass: 1, nonce: 'load' });
        const bucket = `aw-watcher-window_${hostname}`;
        const made = await user.fetch(`/api/0/buckets/${bucket}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ type: 'currentwindow', client: 'aw-watcher-window', hostname }),
        });
        if (!made.ok) throw new Error(`a bucket was not made: ${made.status} ${await made.text()}`);
        devices.push({ key: user.key, server: devices.length % servers, id, hostname, bucket, window: 0, pushed: 0 });
      }
    }
    await server.deps.feed.close();
    return devices;
  } finally {
    await database.close();
  }
};
