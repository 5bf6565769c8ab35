import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { KtError } from '../../domain/errors.ts';
import { freshState, makeMemoryState } from '../sync/saved-state.ts';
import type { State, SyncState } from '../sync/ports.ts';
import { openFileState } from './file-state.ts';

const folder = mkdtempSync(join(tmpdir(), 'kt-state-'));
let made = 0;
const newFolder = () => join(folder, String(++made), 'deep');

const FULL: SyncState = {
  ...freshState('device', 7),
  nonce: 'n',
  account: 'a',
  pulled: 9_007_199_254_740_993n,
  globs: ['*'],
  copies: [{ device: 'd', bucket: 'b', localId: 'l' }],
  tails: { b: '1 2 whole 3 f' },
  proofs: { b: 1_760_000_000_000 },
  repairedMs: 1_760_000_000_001,
  over: { b: 3 },
  unproven: ['l'],
  held: { b: '50 of 60 events' },
  doubts: { l: 'it holds too much' },
  known: {
    b: [
      { id: 7, startUs: -1n, reason: 'NaN' },
      { id: null, startUs: null, reason: 'broken' },
    ],
    l: [{ id: null, startUs: 9_007_199_254_740_993n, reason: 'too early', on: 'there' }],
    ['__proto__']: [{ id: 8, startUs: null, reason: 'an odd name' }],
  },
  counts: { l: { events: 560, torn: false }, m: { events: 0, torn: true } },
  minutes: { w: { key: '1 k', width: 2, groups: { '-3': '2 zz' } } },
  round: {
    ...{
      at: { localId: 'l', before: -3 },
      beganMs: 1,
      passMs: 2,
      total: 560,
      read: 60,
      msPerEvent: 0.25,
      recentAt: null,
    },
    walked: { l: { fromMs: 1, wholeMs: null, torn: true }, b: { fromMs: 1, wholeMs: 0, torn: false } },
    settled: { 'l 3': '1 2 3 4' },
  },
  lastCompared: {
    ...{ passMs: 3, revision: '18446744073709551615' },
    buckets: [
      { localId: 'l', bucketId: 'b', deviceId: 'd', outcome: 'held', reason: 'why', here: 560, there: null },
      { localId: 'b', bucketId: 'b', deviceId: null, outcome: 'in_step', reason: null, here: null, there: 0 },
    ],
  },
  repairs: { b: { atMs: 4, inserted: 1, updated: 2, deleted: 0 } },
  aw: { deviceId: 'aw', hostname: 'h', testing: false },
};

const states: [string, () => State][] = [
  ['in a file', () => openFileState(newFolder())],
  ['in memory', () => makeMemoryState()],
];
for (const [where, open] of states) {
  const state = suite(`a state ${where}`);
  state('is none before it is saved, and then what was saved last', async () => {
    const store = open();
    assert.is(await store.load(), null);
    for (const saved of [freshState('device'), FULL, { ...FULL, pass: 8, refused: true, nonce: null }]) {
      await store.save(saved);
      assert.equal(await store.load(), saved);
    }
  });
  state.run();
}

const file = suite('a state file');

file('is for its owner alone, and the only thing in its folder', async () => {
  const where = newFolder();
  await openFileState(where).save(FULL);
  assert.equal(readdirSync(where), ['state.json']);
  if (process.platform !== 'win32') assert.is(statSync(join(where, 'state.json')).mode & 0o777, 0o600);
});

file('from before there were proofs is read as one that knows of none', async () => {
  const where = newFolder();
  const store = openFileState(where);
  await store.save(FULL);
  const path = join(where, 'state.json');
  const {
    proofs: _proofs,
    repairedMs: _repairedMs,
    over: _over,
    unproven: _unproven,
    held: _held,
    doubts: _doubts,
    known: _known,
    aw: _aw,
    ...early
  } = JSON.parse(readFileSync(path, 'utf8'));
  const {
    counts: _counts,
    round: _round,
    minutes: _minutes,
    lastCompared: _last,
    repairs: _repairs,
    ...before
  } = early;
  writeFileSync(path, JSON.stringify(before));
  assert.equal(await store.load(), {
    ...FULL,
    proofs: {},
    repairedMs: null,
    over: {},
    unproven: [],
    held: {},
    doubts: {},
    known: {},
    aw: null,
    counts: {},
    round: null,
    minutes: {},
    lastCompared: null,
    repairs: {},
  });
});

const BROKEN: [what: string, change: (text: string) => string][] = [
  ['is cut off', (text) => text.slice(0, -20)],
  ['is of another version', (text) => text.replace('"version": 1', '"version": 2')],
  ['is of another shape', (text) => text.replace('"pass": 7', '"pass": "7"')],
  ['is something else', () => '[]'],
  ['is of no version', (text) => text.replace('"version": 1', '"version": [1]')],
  ['knows a row without a reason', (text) => text.replace('"reason": "NaN"', '"reason": 1')],
  ['knows a row by half an id', (text) => text.replace('"id": 7', '"id": 7.5')],
  ['knows a row of no time', (text) => text.replace('"startUs": "-1"', '"startUs": "now"')],
  ['notes half an aw-server', (text) => text.replace('"testing": false', '"testing": "no"')],
  ['doubts without a reason', (text) => text.replace('"it holds too much"', 'null')],
  ['counts half an event', (text) => text.replace('"events": 560', '"events": 0.5')],
  ['left a bucket in no way', (text) => text.replace('"outcome": "held"', '"outcome": "so so"')],
  ['compared at no revision', (text) => text.replace('"18446744073709551615"', '"now"')],
  ['repaired less than nothing', (text) => text.replace('"updated": 2', '"updated": -2')],
  ['remembers minutes of no width', (text) => text.replace('"width": 2', '"width": 0')],
  ['walks at no time', (text) => text.replace('"beganMs": 1', '"beganMs": null')],
  ['was torn by half', (text) => text.replace('"torn": true\n      },\n      "b"', '"torn": 1\n      },\n      "b"')],
  [
    'tells a revision of a million digits',
    (text) => text.replace(/"pulled": "\d+"/, `"pulled": "${'9'.repeat(1_000_000)}"`),
  ],
];
for (const [what, change] of BROKEN) {
  file(`that ${what} is refused in words, and left as it is`, async () => {
    const where = newFolder();
    const store = openFileState(where);
    await store.save(FULL);
    const path = join(where, 'state.json');
    const text = change(readFileSync(path, 'utf8'));
    writeFileSync(path, text);
    try {
      await store.load();
      assert.unreachable();
    } catch (error) {
      assert.is((error as KtError).code, 'invalid');
      assert.match((error as KtError).message, /state\.json .*move it away/);
    }
    assert.is(readFileSync(path, 'utf8'), text);
  });
}

file('that is far too large, or none, is refused unread', async () => {
  const where = newFolder();
  const store = openFileState(where);
  await store.save(FULL);
  const path = join(where, 'state.json');
  const said = () =>
    store.load().then(
      () => '',
      (error: KtError) => `${error.code} ${error.message}`,
    );
  truncateSync(path, 5_000_000_000);
  assert.match(await said(), /^invalid .*state\.json is too large to be ours .*move it away/);
  rmSync(path);
  mkdirSync(path);
  assert.match(await said(), /^invalid .*state\.json is no file: move it away/);
});

file.after(() => rmSync(folder, { recursive: true }));
file.run();
