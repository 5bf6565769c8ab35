import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { PassRecord } from '../sync/pass-record.ts';
import { openPassLog } from './pass-log.ts';

const RECORD: PassRecord = {
  by: 'daemon',
  deed: 'pass',
  mode: 'both',
  startedUs: 1_700_000_000_000_001n,
  endedUs: 1_700_000_000_000_002n,
  error: { code: 'unavailable', message: 'down' },
  inStepUs: null,
  proof: { endedUs: 5n, equal: true },
  buckets: [{ bucket: 'b', origin: { device: 'd', hostname: 'h' }, outcome: 'failed', reason: 'r', inStepUs: 7n, setAside: [{ sourceId: 1, reason: 'odd' }] }],
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
  assert.match(readFileSync(path, 'utf8'), '"endedUs": "2023-11-14T22:13:20.000002Z"');
});

log('is none where the file is torn, or of another version', async ({ folder }) => {
  const store = openPassLog(folder);
  const path = join(folder, 'last-pass.json');
  await store.save(RECORD);
  const text = readFileSync(path, 'utf8');
  for (const broken of [text.slice(0, 50), text.replace('"version": 1', '"version": 2'), '[]', 'null']) {
    writeFileSync(path, broken);
    assert.is(await store.load(), null);
  }
});

log.run();
