/** The story of two laptops, short: for whatever kt-server and kt-client were installed from. */
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { IN_STEP, PROVEN } from '../stories/process-scene.ts';
import { listenFakeAw, makeFakeAw } from '../support/fake-aw/server.ts';
import type { Ended, Processes } from '../support/processes.ts';

/** A laptop: a home, and an aw-server in it. Close its `aw`. */
export const makeLaptop = async (processes: Processes, hostname: string) => {
  const aw = await listenFakeAw(makeFakeAw({ kind: 'rust', hostname, deviceId: `aw-${hostname}` }));
  const folder = processes.folder();
  const env = { HOME: folder, XDG_CONFIG_HOME: join(folder, 'config'), XDG_DATA_HOME: join(folder, 'data') };
  const events = async (bucket: string): Promise<unknown[]> =>
    (await (await fetch(`${aw.url}/api/0/buckets/${bucket}/events`)).json()) as unknown[];
  const post = async (path: string, body: unknown): Promise<void> => {
    const headers = { 'content-type': 'application/json' };
    const { ok } = await fetch(`${aw.url}/api/0/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    assert.ok(ok, path);
  };
  return { aw, hostname, folder, env, events, post };
};

export type Laptop = Awaited<ReturnType<typeof makeLaptop>>;
/** Runs kt-client on a laptop to its end, and returns all of its output. */
export type Client = (...args: string[]) => Promise<string>;

/** All of the output of what must have ended well. */
export const well = ({ code, stdout, stderr }: Ended): string => {
  assert.is(code, 0, stderr + stdout);
  return stderr + stdout;
};

/** When the events of the story began: each lasts a minute. */
export const storyMinute = (minute: number): string => new Date(Date.UTC(2026, 0, 5, 9, minute)).toISOString();

/** Both are set up already: the first tells three events, the second gets them, and both prove it. */
export const syncTwoLaptops = async (
  [lap, onLap]: readonly [Laptop, Client],
  [desk, onDesk]: readonly [Laptop, Client],
): Promise<void> => {
  const bucket = `window_${lap.hostname}`;
  await lap.post(`buckets/${bucket}`, { type: 'currentwindow', client: 'test', hostname: lap.hostname });
  const rows = [0, 1, 2].map((n) => ({
    timestamp: storyMinute(n),
    duration: 60,
    data: { app: 'vim', title: `file ${n}` },
  }));
  await lap.post(`buckets/${bucket}/events`, rows);
  assert.match(await onLap('sync'), IN_STEP);
  assert.match(await onDesk('sync'), IN_STEP);
  assert.is((await desk.events(`${bucket}-synced-from-${lap.hostname}`)).length, 3);
  for (const proof of [await onLap('verify'), await onDesk('verify')]) assert.match(proof, PROVEN);
};
