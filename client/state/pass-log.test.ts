import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isKtError } from '../../domain/errors.ts';
import type { PassRecord } from '../status/pass-record.ts';
import { openPassLog } from './pass-log.ts';

const RECORD: PassRecord = {
  compared: { events: 3, sinceMs: null, daysLeft: 61 },
  against: { url: 'https://kt.example', account: 'a', device: null },
  by: 'daemon',
  task: 'pass',
  mode: 'both',
  startedUs: 1_700_000_000_000_001n,
  endedUs: 1_700_000_000_000_002n,
  error: { code: 'unavailable', message: 'down' },
  inStepUs: null,
  proof: { endedUs: 5n, equal: true },
  buckets: [
    {
      bucket: 'b',
      origin: { device: 'd', hostname: 'h' },
      outcome: 'failed',
      reason: 'r',
      inStepUs: 7n,
      here: 2,
      there: null,
      setAside: [{ sourceId: 1, reason: 'odd' }],
    },
  ],
};

const log = suite<{ folder: string }>('the log of the passes');
log.before.each((trial) => void (trial.folder = mkdtempSync(join(tmpdir(), 'kt-log-'))));
log.after.each(({ folder }) => rmSync(folder, { recursive: true }));

log('gives back what was saved, and keeps it for its owner', async ({ folder }) => {
  const store = openPassLog(join(folder, 'deep'));
  assert.is(await store.load(), null);
  await store.save(RECORD);
  assert.equal(await store.load(), RECORD);
  const path = join(folder, 'deep', 'last-pass.json');
  if (process.platform !== 'win32') assert.is(statSync(path).mode & 0o777, 0o600);
  const text = readFileSync(path, 'utf8');
  assert.match(text, '"endedUs": "2023-11-14T22:13:20.000002Z"');
  assert.match(text, '"deed": "pass"', 'the name of the task in every file so far');
});

const failure = async (work: Promise<unknown>): Promise<string> => {
  const error: unknown = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  assert.ok(isKtError(error, 'invalid'), String(error));
  return error.message;
};

/** How a file may come to be another than what was saved, and what is said of it. */
const change = (from: string, to: string) => (text: string) => {
  assert.ok(text.includes(from), from);
  return text.replace(from, to);
};
const BROKEN: [what: string, change: (text: string) => string, says: RegExp][] = [
  ['torn', (text) => text.slice(0, 50), /is not JSON/],
  ['empty', () => '', /is not JSON/],
  ['of a later version', change('"version": 1', '"version": 2'), /is of version 2, and this kt-client reads version 1/],
  ['of no version', change('"version": 1', '"version": {"a": 1}'), /is of no version/],
  ['a list', () => '[]', /holds no record/],
  ['null', () => 'null', /holds no record/],
  ['nested to the bottom', () => '['.repeat(200_000) + ']'.repeat(200_000), /is not JSON|holds no record/],
  ['of a command there is not', change('"by": "daemon"', '"by": "constructor"'), /something else than a record/],
  ['without the end of its pass', change('"endedUs": "2023', '"ended": "2023'), /something else/],
  ['of a time that is none', change('"startedUs": "2023', '"startedUs": "soon 2023'), /something else/],
  ['with buckets that are no list', change('"buckets": [', '"buckets": {"a": 1}, "other": ['), /something else/],
  ['with a bucket that is null', change('"buckets": [', '"buckets": [null, '), /something else/],
  ['of an outcome there is not', change('"outcome": "failed"', '"outcome": "well"'), /something else/],
  ['with an error that is a text', change('"error": {', '"error": "x", "other": {'), /something else/],
  ['with an origin without a name', change('"hostname": "h"', '"hostname": 5'), /something else/],
  ['with a server of no address', change('"url": "https://kt.example"', '"url": 5'), /something else/],
  ['with an event set aside under no number', change('"sourceId": 1', '"sourceId": "1"'), /something else/],
];
for (const [what, broken, says] of BROKEN) {
  log(`is not believed where the file is ${what}; it says so, and is written anew`, async ({ folder }) => {
    const store = openPassLog(folder);
    const path = join(folder, 'last-pass.json');
    await store.save(RECORD);
    writeFileSync(path, broken(readFileSync(path, 'utf8')));
    const said = await failure(store.load());
    assert.match(said, says);
    assert.match(
      said,
      /last-pass\.json .*: what the passes before left is not known, and the next pass writes it anew/,
    );
    await store.save(RECORD);
    assert.equal(await store.load(), RECORD);
  });
}

log('is not read where it is no file, or far too large', async ({ folder }) => {
  const store = openPassLog(folder);
  const path = join(folder, 'last-pass.json');
  writeFileSync(path, '');
  truncateSync(path, 5_000_000_000);
  assert.match(await failure(store.load()), /too large to be ours \(5000 MB\)/);
  rmSync(path);
  mkdirSync(path);
  assert.match(await failure(store.load()), /is no file/);
  rmSync(path, { recursive: true });
  if (process.platform === 'win32') return; // Windows has no such file
  symlinkSync('/dev/zero', path);
  assert.match(await failure(store.load()), /is no file/);
});

log('believes no text that it did not write, whatever a file holds', async ({ folder }) => {
  const path = join(folder, 'last-pass.json');
  await fc.assert(
    fc.asyncProperty(fc.json(), async (text) => {
      writeFileSync(path, text);
      await failure(openPassLog(folder).load());
    }),
    { numRuns: 200 },
  );
});

log.run();
