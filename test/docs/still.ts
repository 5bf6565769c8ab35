/**
 * A still of `kt-client sync` and `kt-client list` in a terminal: what they print of two computers, with a clock and
 * data that are always the same. `node --import tsx test/docs/still.ts` writes docs/images/kt-client.svg;
 * still.test.ts holds it.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { makeLocalServer } from '../../client/aw/local-server.ts';
import { run } from '../../client/cli.ts';
import { processContext, type KtContext } from '../../client/context.ts';
import { makeRemoteServer } from '../../client/remote/remote-server.ts';
import { random } from '../../client/testing/laptop.ts';
import { makeFakeAw, seedWindowEvents, type FakeAw } from '../support/fake-aw/server.ts';
import { APP_URL, openTestServer } from '../support/test-server.ts';

export const STILL = fileURLToPath(new URL('../../docs/images/kt-client.svg', import.meta.url));

const NOW_MS = Date.UTC(2026, 2, 2, 17, 30);
/** How many events each bucket has, and how many minutes ago the last one ended. */
const COMPUTERS: Readonly<Record<string, readonly (readonly [bucket: string, events: number, ago: number])[]>> = {
  laptop: [
    ['aw-watcher-window_laptop', 1284, 1],
    ['aw-watcher-afk_laptop', 96, 1],
    ['aw-watcher-web-firefox_laptop', 412, 4],
  ],
  desktop: [
    ['aw-watcher-window_desktop', 2107, 52],
    ['aw-watcher-afk_desktop', 131, 52],
  ],
};

/** The time; a second pass takes place ten minutes after the first. */
let nowMs = NOW_MS;

const makeComputer = (hostname: string): FakeAw => {
  const now = (): bigint => BigInt(nowMs) * 1_000_000n;
  const aw = makeFakeAw({ kind: 'rust', hostname, deviceId: `aw-${hostname}`, now });
  for (const [bucket, events, ago] of COMPUTERS[hostname]!)
    seedWindowEvents(aw, { bucket, events, endsAt: now() - BigInt(ago) * 60_000_000_000n });
  return aw;
};

/** So many events of half a minute each, the last of which has just ended. */
const goOn = async (aw: FakeAw, bucket: string, events: number): Promise<void> => {
  const timestamp = (back: number): string => new Date(nowMs - back * 30_000).toISOString();
  const body = Array.from({ length: events }, (_, i) => ({ timestamp: timestamp(i + 1), duration: 30, data: {} }));
  const url = `http://127.0.0.1/api/0/buckets/${bucket}/events`;
  const headers = { 'content-type': 'application/json' };
  const answer = await aw.fetch(new Request(url, { method: 'POST', headers, body: JSON.stringify(body) }));
  if (!answer.ok) throw new Error(`${bucket}: ${answer.status}`);
};

/** A terminal, as far as a program can tell. */
const makeTerminal = () => {
  let text = '';
  const stream = Object.assign(new PassThrough(), { isTTY: true });
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { stream, said: () => text };
};

/** What both commands print on the laptop, with the colours of a terminal. */
export const printed = async (): Promise<string> => {
  nowMs = NOW_MS;
  const server = await openTestServer(() => new Date(nowMs));
  const { key } = await server.newUser();
  const folder = mkdtempSync(join(tmpdir(), 'kt-still-'));
  const onComputer = (hostname: string) => {
    const aw = makeComputer(hostname);
    const env = { KT_CLIENT_CONFIG: join(folder, hostname, 'c.toml'), KT_CLIENT_STATE_DIR: join(folder, hostname) };
    const command = async (...line: string[]): Promise<string> => {
      const terminal = makeTerminal();
      const errors = new PassThrough();
      let looks = 0;
      const context: KtContext = {
        ...processContext('0.1.0'),
        env,
        random,
        // Each look at the clock takes a fiftieth of a second.
        clock: { nowUs: () => BigInt(nowMs + 20 * looks++) * 1000n },
        self: 'kt-client',
        asker: null,
        makeLocal: () => makeLocalServer({ url: 'http://aw', fetch: (request) => aw.fetch(request) }),
        makeRemote: () =>
          makeRemoteServer({
            url: APP_URL,
            apiKey: key,
            fetch: (request) => Promise.resolve(server.app.fetch(request)),
          }),
        stdout: terminal.stream,
        stderr: errors,
      };
      const code = await run(line, context);
      if (code !== 0) throw new Error(`kt-client ${line.join(' ')} ended with ${code}: ${String(errors.read())}`);
      return terminal.said();
    };
    return { aw, command };
  };
  // `styleText` of newer versions of Node looks at this process, whatever stream is written to.
  const { FORCE_COLOR, NO_COLOR } = process.env;
  delete process.env['NO_COLOR'];
  process.env['FORCE_COLOR'] = '1';
  try {
    const [laptop, desktop] = [onComputer('laptop'), onComputer('desktop')];
    for (const { command } of [desktop, laptop]) {
      await command('setup', '--url', APP_URL, '--api-key', key);
      await command('sync');
    }
    nowMs += 600_000;
    await goOn(desktop.aw, 'aw-watcher-window_desktop', 11);
    await goOn(desktop.aw, 'aw-watcher-afk_desktop', 1);
    await desktop.command('sync');
    await goOn(laptop.aw, 'aw-watcher-window_laptop', 17);
    await goOn(laptop.aw, 'aw-watcher-afk_laptop', 2);
    return `$ kt-client sync\n${await laptop.command('sync')}\n$ kt-client list\n${await laptop.command('list')}`;
  } finally {
    for (const [name, value] of Object.entries({ FORCE_COLOR, NO_COLOR }))
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    rmSync(folder, { recursive: true, force: true });
  }
};

const [LEFT, TOP, LINE, CHARACTER] = [16, 44, 19, 7.8];
const STYLES: Readonly<Record<string, string>> = { 1: 'b', 2: 'd', 31: 'r', 32: 'g', 33: 'y' };
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Text with the escapes of `styleText` as an SVG. Dark, as terminals are, and so readable on any page. */
export const drawn = (text: string): string => {
  const lines = text.trimEnd().split('\n');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escapes of a terminal
  const escape = /\u001b\[(\d+)m/;
  const columns = Math.max(...lines.map((line) => line.replaceAll(new RegExp(escape, 'g'), '').length));
  const [width, height] = [Math.ceil(2 * LEFT + columns * CHARACTER), TOP + lines.length * LINE];
  const rows = lines.map((line, i) => {
    // Text and codes in turns: a code holds until the next one.
    const parts = line.split(escape);
    const spans = parts.flatMap((part, n) => {
      if (n % 2 === 1 || part === '') return [];
      const style = STYLES[parts[n - 1] ?? ''];
      return style ? [`<tspan class="${style}">${escaped(part)}</tspan>`] : [escaped(part)];
    });
    return `  <text x="${LEFT}" y="${TOP + i * LINE}" xml:space="preserve">${spans.join('')}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title">`,
    '  <title id="title">kt-client sync and kt-client list in a terminal</title>',
    '  <style>',
    "    text { font: 13px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; fill: #d1d7e0 }",
    '    .b { font-weight: bold; fill: #f0f6fc } .d { fill: #9198a1 }',
    '    .r { fill: #ff7b72 } .g { fill: #56d364 } .y { fill: #e3b341 }',
    '  </style>',
    `  <rect width="${width}" height="${height}" rx="8" fill="#151b23" />`,
    ...['#ff7b72', '#e3b341', '#56d364'].map(
      (colour, i) => `  <circle cx="${LEFT + 4 + i * 16}" cy="16" r="5" fill="${colour}" />`,
    ),
    ...rows,
    '</svg>',
    '',
  ].join('\n');
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(STILL, drawn(await printed()));
  process.exit(0);
}
