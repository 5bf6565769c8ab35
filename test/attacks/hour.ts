/**
 * An attacker's hour: all attacks at once (hour-attacks.ts) against one kt-server, while another account of it goes on
 * as every day: `node --import tsx test/attacks/hour.ts MINUTES`, with DATABASE_URL for PostgreSQL; `MINUTES quiet` is
 * the same without the attacks, to compare. Prints what the other account was served with, what the server took, what
 * went wrong inside of it, and whether everything is there that was acknowledged.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { makeRemoteServer } from '../../client/remote/remote-server.ts';
import { makeProcesses } from '../support/processes.ts';
import type { Keys, Told } from './hour-attacks.ts';

const minutes = Number(process.argv[2] ?? 60);
const isQuiet = process.argv[3] === 'quiet';
const WATCHERS = 10;
const PUSH = { everyMs: 10_000, events: 100 };
const PAGE_MS = 5_000;

const processes = makeProcesses();
const database = process.env['DATABASE_URL'];
const place = ['--data-dir', processes.folder(), ...(database ? ['--database-url', database] : [])];
const server = processes.start(['--max-old-space-size=512', 'server/bin.js', '--port', '0', ...place]);
const url = (await server.says(/^kt-server is ready at (http:\/\/127\.0\.0\.1:\d+)$/m))[1]!;
const full = (await server.says(/API key +(kt_\S+)/))[1]!;
const keyOf = async (email: string, scope: string): Promise<string> => {
  const made = processes.start(['server/bin.js', 'generate-key', '--email', email, '--scope', scope, ...place]);
  return (await made.ended).stdout.trim();
};
const ATTACKER = 'owner@localhost';
const keys: Keys = { full, read: await keyOf(ATTACKER, 'read'), push: await keyOf(ATTACKER, 'push') };
const good = await keyOf('good@example.org', 'full');

/** What one kind of request was served with. */
const makeTally = () => {
  const times: number[] = [];
  const errors: Record<string, number> = {};
  return {
    /** How the request went; null where it failed. */
    run: async <T>(ask: () => Promise<T>): Promise<T | null> => {
      const began = performance.now();
      try {
        return await ask();
      } catch (error) {
        const why = String((error as Error).message).slice(0, 80);
        errors[why] = (errors[why] ?? 0) + 1;
        return null;
      } finally {
        times.push(performance.now() - began);
      }
    },
    told: (name: string): string => {
      const sorted = times.toSorted((a, b) => a - b);
      const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!);
      return `| ${name} | ${times.length} | ${at(0.5)} | ${at(0.99)} | ${at(1)} | ${JSON.stringify(errors)} |`;
    },
  };
};

const ok = async (path: string, body?: unknown): Promise<string> => {
  const response = await fetch(url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${good}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(60_000),
  });
  const text = await response.text();
  if (!response.ok && response.status !== 304) throw new Error(`${response.status} ${text.slice(0, 60)}`);
  if (text.startsWith('{"errors"') || text.includes('"errors":[')) throw new Error(text.slice(0, 80));
  return text;
};
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** What was acknowledged, bucket by bucket: of each event its data. */
const acknowledged = new Map<string, string[]>();
const [beats, pushes, pages] = [makeTally(), makeTally(), makeTally()];
const end = Date.now() + minutes * 60_000;

const watch = async (n: number): Promise<void> => {
  const bucket = `aw-watcher-${n}`;
  const list: string[] = [];
  acknowledged.set(bucket, list);
  await ok(`/api/0/buckets/${bucket}`, { client: 'c', type: 'currentwindow', hostname: 'good' });
  await pause((n / WATCHERS) * 1000);
  for (let count = 0; Date.now() < end; count++) {
    const began = Date.now();
    const data = { app: `app ${n}`, title: `${n} ${count}` };
    const body = { timestamp: new Date(began).toISOString(), duration: 0, data };
    const answer = await beats.run(() => ok(`/api/0/buckets/${bucket}/heartbeat?pulsetime=5`, body));
    if (answer !== null) list.push(data.title);
    await pause(Math.max(0, 1000 - (Date.now() - began)));
  }
};

const sync = async (): Promise<void> => {
  const remote = makeRemoteServer({ url, apiKey: good });
  const deviceId = randomUUID();
  await remote.register({ deviceId, hostname: 'laptop', pass: 1, nonce: randomUUID() } as never);
  const list: string[] = [];
  acknowledged.set('laptop', list);
  const bucket = { id: 'laptop', type: 'currentwindow', client: 'c', hostname: 'laptop', createdUs: null, data: {} };
  for (let from = 0; Date.now() < end; from += PUSH.events) {
    const began = Date.now();
    const events = Array.from({ length: PUSH.events }, (_, n) => ({
      id: from + n + 1,
      startUs: BigInt(began - 86_400_000 + n * 1000) * 1000n,
      durationNs: 1_000_000_000n,
      data: { app: 'vim', title: `pushed ${from + n}` },
    }));
    const done = await pushes.run(async () => {
      const { results } = await remote.push({
        deviceId,
        pass: 1,
        buckets: [{ bucket, epoch: 1, events, cursor: null }] as never,
      });
      if (results[0]?.error) throw new Error(results[0].error.message);
    });
    if (done !== null) list.push(...events.map(({ data }) => data.title));
    await pause(Math.max(0, PUSH.everyMs - (Date.now() - began)));
  }
};

const look = async (): Promise<void> => {
  const today = new Date().toISOString().slice(0, 10);
  const range = `range: { first: "${today}", last: "${today}" }`;
  const query = `{ buckets { id lastEventAt }
    activity(${range}, grain: HOUR, by: [APP]) { seconds rows(first: 100) { app } }
    lanes(${range}, pixels: 1000) { unitSeconds packedLanes { deviceId } } }`;
  while (Date.now() < end) {
    const began = Date.now();
    await pages.run(() => ok('/graphql', { query }));
    await pause(Math.max(0, PAGE_MS - (Date.now() - began)));
  }
};

/** Resident memory in MB; 0 where the system does not tell. */
const memory = (): number => {
  try {
    const status = readFileSync(`/proc/${server.child.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
};
const sizes: number[] = [];
const sampling = setInterval(() => sizes.push(Math.round(memory())), 1000);

const attack = isQuiet
  ? null
  : processes.start(['--import', 'tsx', 'test/attacks/hour-attacks.ts', url, String(end), JSON.stringify(keys)]);
await Promise.all([...Array.from({ length: WATCHERS }, (_, n) => watch(n)), sync(), look()]);
const told = JSON.parse((await attack?.ended)?.stdout || '{}') as Told;
clearInterval(sampling);
await pause(5_000);

const digest = (titles: readonly string[]): string =>
  createHash('sha256').update(titles.toSorted().join('\n')).digest('hex');
const unlike: string[] = [];
for (const [bucket, titles] of acknowledged) {
  const stored = JSON.parse(await ok(`/api/0/buckets/${bucket}/events?limit=-1`)) as { data: { title: string } }[];
  const there = stored.map(({ data }) => data.title);
  if (digest(there) === digest(titles)) continue;
  const missing = titles.filter((title) => !there.includes(title)).length;
  unlike.push(`${bucket}: ${missing} of ${titles.length} acknowledged are missing, ${there.length} are there`);
}
const minute = (n: number) => sizes[Math.min(sizes.length - 1, n * 60)];
const faults = Object.entries(told).flatMap(([name, counts]) =>
  Object.keys(counts)
    .filter((status) => /^5/.test(status) && !['503', '504'].includes(status))
    .map((status) => `${name}: ${counts[status]} times ${status}`),
);
const logged = `${server.output.stdout}${server.output.stderr}`
  .split('\n')
  .filter((line) => /"level":[56]0/.test(line));

console.log(`${minutes} minutes\n`);
console.log(
  '| the other account | requests | p50, ms | p99, ms | longest, ms | errors |\n| --- | --- | --- | --- | --- | --- |',
);
for (const [name, tally] of Object.entries({ heartbeats: beats, pushes, pages })) console.log(tally.told(name));
console.log(`\nmemory by the minute, MB: ${Array.from({ length: minutes + 1 }, (_, n) => minute(n)).join(', ')}`);
console.log(`most, MB: ${Math.max(...sizes)}; when quiet again: ${Math.round(memory())}`);
console.log(`ended: ${server.child.exitCode ?? 'no'}; faults: ${faults.join('; ') || 'none'}`);
console.log(`errors in the log: ${logged.length} ${logged.slice(0, 3).join('\n').slice(0, 2000)}`);
console.log(`what was acknowledged: ${unlike.length === 0 ? 'all there, and nothing else' : unlike.join('; ')}\n`);
for (const [name, counts] of Object.entries(told)) console.log(`- ${name}: ${JSON.stringify(counts)}`);
await processes.close();
