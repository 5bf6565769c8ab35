/**
 * A scripted aw-server as a process of its own:
 *   node --import tsx test/support/fake-aw/process.ts --kind rust [--port 0] [--hostname H] [--device-id ID]
 *   [--api-key K] [--testing]
 *     [--seed-events N --seed-bucket ID] [--file PATH]
 * Prints one line of JSON, {"url","port","kind"}, once it listens; ends on SIGTERM or SIGINT. With --file it loads its
 * database from there and writes it back soon after each write: what a SIGKILL takes back is what a real [R] may lose
 * too, up to its last commit.
 */
import { parseArgs } from 'node:util';

import { loadDatabase, saveDatabase } from './file.ts';
import { listenFakeAw, makeFakeAw, seedWindowEvents } from './server.ts';

const SAVE_AFTER_MS = 50;

const { values } = parseArgs({
  options: {
    kind: { type: 'string' },
    port: { type: 'string', default: '0' },
    hostname: { type: 'string' },
    'device-id': { type: 'string' },
    'api-key': { type: 'string' },
    testing: { type: 'boolean', default: false },
    'seed-events': { type: 'string' },
    'seed-bucket': { type: 'string', default: 'aw-watcher-window_fake-host' },
    file: { type: 'string' },
  },
});
const { kind, file } = values;
if (kind !== 'rust' && kind !== 'python') throw new Error(`--kind must be rust or python, not ${kind ?? 'left out'}`);

const saved = file === undefined ? null : loadDatabase(file);
let timer: NodeJS.Timeout | undefined;
const save = (): void => {
  clearTimeout(timer);
  timer = undefined;
  if (file !== undefined) saveDatabase(file, { kind, deviceId: aw.deviceId, snapshot: aw.snapshot() });
};
const aw = makeFakeAw({
  kind,
  hostname: values.hostname,
  deviceId: values['device-id'] ?? saved?.deviceId,
  apiKey: values['api-key'],
  testing: values.testing,
  onWrite: () => (timer ??= setTimeout(save, SAVE_AFTER_MS)),
});
if (saved) aw.restore(saved.snapshot);
// a database that was there keeps what it has: a restart must not seed twice
else if (values['seed-events'] !== undefined) {
  seedWindowEvents(aw, { bucket: values['seed-bucket'], events: Number(values['seed-events']) });
  save();
}

const listening = await listenFakeAw(aw, Number(values.port));
process.stdout.write(`${JSON.stringify({ url: listening.url, port: listening.port, kind })}\n`);

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    void listening.close().finally(() => {
      save();
      process.exit(0);
    });
  });
