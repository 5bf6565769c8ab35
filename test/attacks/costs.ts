/**
 * What requests at the edges of the limits cost the server, each alone: `node --import tsx test/attacks/costs.ts`, with
 * KT_TEST_PROGRAMS naming the bundles of `npm test`, and DATABASE_URL for PostgreSQL. Prints a table, the dearest for
 * each byte sent first; docs/security.md has what it said.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { makeRemoteServer } from '../../client/remote/remote-server.ts';
import { formatDay, parseDay } from '../../domain/day.ts';
import { fill } from '../../scripts/seed/fill.ts';

type Sent = {
  readonly name: string;
  readonly path: string;
  readonly body?: string | Uint8Array;
  readonly headers?: Record<string, string>;
  readonly key?: false;
  /** How often, one after the other. */
  readonly times?: number;
};
type Used = { readonly cpuMs: number; readonly grownMb: number; readonly delayMs: number };

const FIRST = parseDay('2024-01-01')!;
const DAYS = Number(process.env['KT_COST_DAYS'] ?? 180);
const RANGE = `{ first: "${formatDay(FIRST)}", last: "${formatDay(FIRST + DAYS - 1)}" }`;
const BUCKET = '/api/0/buckets/mine';

const folder = mkdtempSync(join(tmpdir(), 'kt-costs-'));
const programs = process.env['KT_TEST_PROGRAMS'];
const database = process.env['DATABASE_URL'];
const child: ChildProcess = fork(
  programs ? join(programs, 'server.js') : 'server/bin.js',
  ['--data-dir', folder, '--port', '0', ...(database ? ['--database-url', database] : [])],
  { execArgv: ['--expose-gc', '--require', './test/attacks/measured.cjs'], silent: true },
);
let said = '';
child.stdout!.setEncoding('utf8').on('data', (text: string) => (said += text));
child.stderr!.pipe(process.stderr);
const says = async (pattern: RegExp): Promise<string> => {
  for (;;) {
    const found = pattern.exec(said)?.[1];
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};
const told = <T>(message: string): Promise<T> =>
  new Promise((resolve) => {
    child.once('message', (answer) => resolve(answer as T));
    child.send(message);
  });

const url = await says(/ready at (\S+)\n/);
const key = await says(/API key +(kt_\S+)/);

const send = async ({ path, body, headers, key: withKey }: Sent): Promise<string> => {
  const response = await fetch(url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(withKey === false ? {} : { authorization: `Bearer ${key}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: body as string }),
    signal: AbortSignal.timeout(120_000),
  });
  let bytes = 0;
  for await (const piece of response.body ?? []) bytes += (piece as Uint8Array).length;
  return `${response.status}, ${(bytes / 1e6).toFixed(2)} MB`;
};
const asked = (query: string, variables?: unknown): string => JSON.stringify({ query, variables });
const graphql = (name: string, query: string, variables?: unknown): Sent => ({
  name,
  path: '/graphql',
  body: asked(query, variables),
});

const events = (count: number, data: (n: number) => object): string =>
  JSON.stringify(
    Array.from({ length: count }, (_, n) => ({
      timestamp: new Date(Date.UTC(2023, 0, 1) + n * 1000).toISOString(),
      duration: 1,
      data: data(n),
    })),
  );
const title = (bytes: number) => 'x'.repeat(bytes);
const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const fragments = (count: number) =>
  `{ ${Array.from({ length: count }, (_, n) => `...f${n}`).join(' ')} } ` +
  Array.from({ length: count }, (_, n) => `fragment f${n} on Query { viewer { id email } }`).join(' ');
const HOSTILE = Array.from({ length: 500 }, (_, n) => ({
  name: [`c${n}`],
  regex: `(a|b|ab)*${n}(x+x+)+y`,
  ignoreCase: true,
}));
const RULES = JSON.stringify(HOSTILE.slice(0, 50).map(({ name, regex }) => [name, { type: 'regex', regex }]));
const KEYS = Array.from({ length: 90_000 }, (_, n) => `"k${n}":1`).join(',');
const PERIOD = `${formatDay(FIRST)}T00:00:00Z/${formatDay(FIRST + DAYS)}T00:00:00Z`;
const program = (lines: string[]) => JSON.stringify({ query: lines, timeperiods: [PERIOD] });

await fetch(url + BUCKET, {
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
  body: JSON.stringify({ client: 'c', type: 't', hostname: 'h' }),
});
process.stderr.write(`filling ${DAYS} days\n`);
const filled = await fill(makeRemoteServer({ url, apiKey: key }), {
  first: FIRST,
  days: DAYS,
  zone: 'Europe/Berlin',
  seed: 1,
});
process.stderr.write(`${[...filled.values()].reduce((sum, count) => sum + count, 0)} events\n`);
const buckets = (await (
  await fetch(`${url}/api/0/buckets/`, { headers: { authorization: `Bearer ${key}` } })
).json()) as Record<string, { type: string }>;
const windows = Object.entries(buckets).find(([, { type }]) => type === 'currentwindow')![0];

const activity = (by: string) => `{ activity(range: ${RANGE}, grain: HOUR, by: [${by}]) { seconds } }`;
const all: readonly Sent[] = [
  {
    name: 'a heartbeat (to compare)',
    path: `${BUCKET}/heartbeat?pulsetime=60`,
    body: '{"timestamp":"2024-01-01T00:00:00Z","duration":0,"data":{"a":1}}',
    times: 50,
  },
  {
    name: 'a wrong key',
    path: '/api/0/buckets/',
    headers: { authorization: `Bearer kt_${title(43)}` },
    key: false,
    times: 200,
  },
  {
    name: 'the schema, without a key',
    path: '/graphql',
    body: asked(
      `{__schema{types{name description fields{name description args{name description type{name}}
        type{name ofType{name}}}}}}`,
    ),
    key: false,
    times: 20,
  },
  {
    name: 'a document at its limit, without a key',
    path: '/graphql',
    body: asked(`{info{${'hostname '.repeat(380)}}}#${title(4000)}`),
    key: false,
    times: 50,
  },
  {
    name: 'a body of 16 KB, deep, without a key',
    path: '/graphql',
    body: `{"query":"{info{hostname}}","variables":{"a":${deep(8_000)}}}`,
    key: false,
    times: 50,
  },
  { name: 'the page of the dashboard, without a key', path: '/', key: false, times: 50 },
  { name: 'the client package, without a key', path: '/kt-client.tgz', key: false, times: 5 },
  graphql('a document of 1,000 tokens in fragments', fragments(76)),
  graphql('facts of all days, made', activity('CATEGORY, APP, TITLE')),
  graphql('facts of all days, made: the rest', activity('CATEGORY, APP, TITLE')),
  graphql('facts of all days, kept', activity('CATEGORY, APP, TITLE')),
  graphql('facts of all days by address, kept', activity('APP, TITLE, DOMAIN')),
  graphql('lanes of all days', `{ lanes(range: ${RANGE}, pixels: 2000) { unitSeconds lanes { deviceId } } }`),
  graphql('lanes of all days, whole', `{ lanes(range: ${RANGE}, pixels: 1000) { unitSeconds } }`),
  graphql(
    'a preview of 500 hostile rules',
    `query($rules: [CategoryRuleInput!]!) { previewCategories(rules: $rules, range: ${RANGE}) { seconds } }`,
    { rules: HOSTILE },
  ),
  graphql(
    'a list of 10,000 events',
    `{ bucket(id: "${windows}") { events(first: 5000) { edges { node { id timestamp duration data } } }
      b: events(first: 5000) { edges { node { id data } } } } }`,
  ),
  graphql('changes from the beginning', '{ changes { revision } }'),
  { name: 'all events of a bucket', path: `/api/0/buckets/${encodeURIComponent(windows)}/events?limit=-1` },
  { name: 'the export', path: '/api/0/export' },
  {
    name: 'an AW query over all days',
    path: '/api/0/query/',
    body: program([
      `e = query_bucket("${windows}");`,
      'e = merge_events_by_keys(e, ["app","title"]);',
      'RETURN = sort_by_duration(e);',
    ]),
  },
  {
    name: 'an AW query that answers all events',
    path: '/api/0/query/',
    body: program([`RETURN = query_bucket("${windows}");`]),
  },
  {
    name: 'an AW query of hostile rules',
    path: '/api/0/query/',
    body: program([`e = query_bucket("${windows}");`, `RETURN = categorize(e, ${RULES});`]),
  },
  {
    name: '350,000 values in the variables',
    path: '/graphql',
    body: `{"query":"{info{hostname}}","variables":{"a":[${'1,'.repeat(499_000)}1]}}`,
  },
  {
    name: '32 MB of variables, gzipped',
    path: '/graphql',
    body: gzipSync(`{"query":"{info{hostname}}","variables":{"a":"${title(31e6)}"}}`),
    headers: { 'content-encoding': 'gzip' },
  },
  {
    name: 'a heartbeat of 1 MB, one string',
    path: `${BUCKET}/heartbeat?pulsetime=60`,
    body: `{"timestamp":"2024-01-02T00:00:00Z","duration":0,"data":{"a":"${title(990_000)}"}}`,
  },
  {
    name: 'a heartbeat of 1 MB, 250,000 values',
    path: `${BUCKET}/heartbeat?pulsetime=60`,
    body: `{"timestamp":"2024-01-02T01:00:00Z","duration":0,"data":{"a":[${'1,'.repeat(240_000)}1]}}`,
  },
  {
    name: 'a heartbeat of 1 MB, 90,000 keys',
    path: `${BUCKET}/heartbeat?pulsetime=60`,
    body: `{"timestamp":"2024-01-02T02:00:00Z","duration":0,"data":{${KEYS}}}`,
  },
  {
    name: '100,000 events, inserted',
    path: `${BUCKET}/events`,
    body: events(100_000, (n) => ({ title: `t${n % 100}` })),
  },
  {
    name: '100,000 events of different data',
    path: `${BUCKET}/events`,
    body: events(100_000, (n) => ({ title: `t${n}` })),
  },
  {
    name: '16 events of 1 MB',
    path: `${BUCKET}/events`,
    body: events(16, (n) => ({ title: `${n}${title(990_000)}` })),
  },
  {
    name: 'reading those of 1 MB',
    path: `${BUCKET}/events?limit=16&start=2022-12-31T00:00:00Z&end=2023-01-01T00:00:15Z`,
  },
  { name: '500 KB of a setting', path: '/api/0/settings/big', body: JSON.stringify(title(500_000)) },
  { name: 'settings, all', path: '/api/0/settings' },
  {
    name: 'a query of 1,000 periods',
    path: '/api/0/query/',
    body: JSON.stringify({
      query: [`RETURN = sum_durations(query_bucket("${windows}"));`],
      timeperiods: Array.from({ length: 1000 }, () => PERIOD),
    }),
  },
];

const rows: (Sent & Used & { answer: string; bytes: number })[] = [];
const only = process.argv[2] && new RegExp(process.argv[2]);
for (const one of all) {
  if (only && !only.test(one.name)) continue;
  await told('begin');
  let answer = '';
  const { times = 1 } = one;
  for (let n = 0; n < times; n++) answer = await send(one).catch((error: Error) => `failed: ${error.message}`);
  const used = await told<Used>('end');
  const bytes = Buffer.byteLength(one.body ?? '') + one.path.length + 200;
  rows.push({ ...one, ...used, cpuMs: used.cpuMs / times, answer, bytes });
  const { name, cpuMs, grownMb, delayMs } = rows.at(-1)!;
  process.stderr.write(
    `${name}: ${cpuMs.toFixed(1)} ms CPU, ${grownMb.toFixed(0)} MB, ${delayMs.toFixed(0)} ms delay, ${answer}\n`,
  );
}
console.log(
  '| request | sent | answer | CPU, ms | CPU, ms for each KB sent | memory, MB | delay, ms |\n' +
    '| --- | --- | --- | --- | --- | --- | --- |',
);
for (const { name, bytes, answer, cpuMs, grownMb, delayMs } of rows.sort(
  (a, b) => b.cpuMs / b.bytes - a.cpuMs / a.bytes,
))
  console.log(
    `| ${name} | ${(bytes / 1000).toFixed(1)} KB | ${answer} | ${cpuMs.toFixed(1)} | ` +
      `${((1000 * cpuMs) / bytes).toFixed(1)} | ${grownMb.toFixed(0)} | ${delayMs.toFixed(0)} |`,
  );
child.kill('SIGTERM');
await new Promise((resolve) => child.once('exit', resolve));
rmSync(folder, { recursive: true, force: true });
