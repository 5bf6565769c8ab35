/**
 * A year of a busy user (spec/product 8: 545 k events, 57 % of them windows) through the REST API of a server in a
 * process of its own: export (time to the first byte, memory), delete, import, and import again. Prints the
 * measurements, and fails if the content is not the same afterwards.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { contentHash } from '../../domain/sync/content-hash.ts';
import type { Event } from '../../domain/event.ts';
import { eventFromWire, newEventToWire } from '../../domain/wire.ts';
import { importParts } from '../../server/rest/import-file.ts';
import { makeProcesses, type Running } from '../support/processes.ts';
import { startThrowawayPostgres } from '../support/throwaway-postgres.ts';
import { someActivity, windows } from './activity.ts';

const BUCKETS: Record<string, { share: number; perDay: number; pool: Event['data'][] }> = {
  'aw-watcher-window_w2': { share: 310_000, perDay: 815, pool: [...windows] },
  'aw-watcher-web_w2': {
    share: 140_000,
    perDay: 370,
    pool: windows.map((data, i) => ({ ...data, url: `https://example.org/${i}`, audible: false, incognito: false })),
  },
  'aw-watcher-afk_w2': { share: 95_000, perDay: 250, pool: [{ status: 'afk' }, { status: 'not-afk' }] },
};
const MB = 2 ** 20;

/** The file, in chunks: no more of it is in memory than the events. */
function* file(events: Record<string, Event[]>): Generator<string> {
  yield '{"buckets":{';
  for (const [i, [id, list]] of Object.entries(events).entries()) {
    const name = JSON.stringify(id);
    yield `${i ? ',' : ''}${name}:{"id":${name},"type":"t","client":"c","hostname":"w2","events":[`;
    for (let from = 0; from < list.length; from += 1000) {
      yield (from ? ',' : '') +
        list
          .slice(from, from + 1000)
          .map((event) => JSON.stringify(newEventToWire(event)))
          .join(',');
    }
    yield ']}';
  }
  yield '}}';
}

/**
 * For each bucket the number of events, and the sum of their content hashes, which does not depend on their order
 * (spec/sync 4.1).
 */
type Digest = Map<string, { count: number; sum: bigint }>;
const digestOf = async (chunks: AsyncIterable<Uint8Array>): Promise<Digest> => {
  const digest: Digest = new Map();
  let [count, sum] = [0, 0n];
  for await (const part of importParts(chunks)) {
    if ('events' in part) {
      for (const event of part.events) if (typeof event !== 'string') sum += contentHash(event);
      count += part.events.length;
    } else {
      digest.set(part.bucket.id, { count, sum });
      [count, sum] = [0, 0n];
    }
  }
  return digest;
};

/** Resident memory of a process and its largest since the last call, in MB (Linux). */
const memory = ({ child }: Running): { now: number; peak: number } => {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  const value = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1024;
  const result = { now: value('VmRSS'), peak: value('VmHWM') };
  writeFileSync(`/proc/${child.pid}/clear_refs`, '5');
  return result;
};

const bench = async (engine: string, args: readonly string[], events: Record<string, Event[]>): Promise<void> => {
  const processes = makeProcesses();
  try {
    const server = processes.server(['--data-dir', processes.folder(), '--port', '0', ...args]);
    const [, url = ''] = await server.says(/ready at (\S+)/);
    const [, key = ''] = await server.says(/API key +(\S+)/);
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const ask = (method: string, path: string, body?: Iterable<string | Uint8Array>): Promise<IncomingMessage> =>
      new Promise((resolve, reject) => {
        const asking = request(`${url}/api/0${path}`, { method, headers }, resolve).on('error', reject);
        void (async () => {
          for (const chunk of body ?? [])
            if (!asking.write(chunk)) await new Promise((drained) => asking.once('drain', drained));
          asking.end();
        })();
      });
    const finish = async (answer: IncomingMessage): Promise<void> => {
      let text = '';
      for await (const chunk of answer) text += String(chunk).slice(0, 200);
      if (answer.statusCode !== 200) throw new Error(`${answer.statusCode}: ${text}`);
    };
    const say = (line: string) => process.stdout.write(`  ${line}\n`);

    /**
     * Runs a piece of work; meanwhile sends a cheap request like any other client would, and records the longest wait.
     */
    const timed = async (what: string, work: () => Promise<string> | Promise<void>): Promise<void> => {
      await new Promise((settled) => setTimeout(settled, 1000));
      const before = memory(server).now;
      let [longest, done] = [0, false];
      const others = (async () => {
        while (!done) {
          const asked = performance.now();
          await finish(await ask('GET', '/settings'));
          longest = Math.max(longest, performance.now() - asked);
          await new Promise((later) => setTimeout(later, 20));
        }
      })();
      const began = performance.now();
      const more = await work();
      const ms = performance.now() - began;
      done = true;
      await others;
      say(
        `${what}: ${(ms / 1000).toFixed(1)} s, ${Math.round(545_000 / (ms / 1000) / 1000)} k events/s, ` +
          `memory ${before.toFixed(0)} MB + ${(memory(server).peak - before).toFixed(0)} MB, ` +
          `others waited ${longest.toFixed(0)} ms at most${more ? `, ${more}` : ''}`,
      );
    };
    const exported = `${processes.folder()}/export.json`;
    const download = async (): Promise<string> => {
      const began = performance.now();
      const answer = await ask('GET', '/export');
      let first = 0;
      const parts: Buffer[] = [];
      for await (const chunk of answer) {
        first ||= performance.now() - began;
        parts.push(chunk as Buffer);
      }
      const whole = Buffer.concat(parts);
      writeFileSync(exported, whole);
      return `first byte after ${first.toFixed(0)} ms, ${(whole.length / MB).toFixed(0)} MB`;
    };
    const digest = async () => {
      const whole = readFileSync(exported);
      return digestOf(
        (async function* () {
          for (let at = 0; at < whole.length; at += 65_536) yield whole.subarray(at, at + 65_536);
        })(),
      );
    };
    const same = (a: Digest, b: Digest): void => {
      if (
        JSON.stringify([...a].sort(), (_, value) => (typeof value === 'bigint' ? String(value) : value)) !==
        JSON.stringify([...b].sort(), (_, value) => (typeof value === 'bigint' ? String(value) : value))
      )
        throw new Error('the content is not the same');
    };

    process.stdout.write(`\n${engine}\n`);
    await timed('import into nothing', async () => finish(await ask('POST', '/import', file(events))));
    await timed('export', download);
    await timed('export again', download);
    const first = await digest();
    for (const id of Object.keys(events)) await finish(await ask('DELETE', `/buckets/${id}`));
    await timed('import of the export', async () => finish(await ask('POST', '/import', [readFileSync(exported)])));
    await timed('import of it again', async () => finish(await ask('POST', '/import', [readFileSync(exported)])));
    await timed('export', download);
    same(first, await digest());
    say('the content is the same as before');
    for (const [id, list] of Object.entries(events)) {
      if (
        first.get(id)?.count !== list.length ||
        first.get(id)?.sum !== list.reduce((sum, event) => sum + contentHash(eventFromWire(newEventToWire(event))), 0n)
      )
        throw new Error(`${id} is not what went in`);
    }
    await server.kill('SIGTERM');
  } finally {
    await processes.close();
  }
};

const events = Object.fromEntries(
  Object.entries(BUCKETS).map(([id, { share, perDay, pool }], i) => [
    id,
    someActivity(share, { perDay, pool, seed: i + 1 }),
  ]),
);
const postgres = await startThrowawayPostgres();
if (postgres) {
  try {
    await bench(`PostgreSQL ${postgres.version}`, ['--database-url', postgres.url], events);
  } finally {
    await postgres.stop();
  }
} else process.stdout.write('No PostgreSQL server was found, so nothing was measured on it.\n');
if (process.argv.includes('--embedded')) await bench('PGlite', [], events);
