import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { closest } from './closest.ts';

const KNOWN = [
  'sync',
  'list',
  'status',
  'service install',
  '--dry-run',
  '--url',
  '--api-key',
  'remote.url',
  'sync.interval_minutes',
  'state_dir',
];

const meant = suite('the word that was meant');

const WORDS: [word: string, wanted: string | null][] = [
  ['snyc', 'sync'],
  ['SYNC', 'sync'],
  ['sinc', 'sync'],
  ['statsu', 'status'],
  ['stat', 'status'],
  ['servce instal', 'service install'],
  ['--dryrun', '--dry-run'],
  ['--ur', '--url'],
  ['--apikey', '--api-key'],
  ['remote.urll', 'remote.url'],
  ['url', 'remote.url'],
  ['interval_minutes', 'sync.interval_minutes'],
  ['sync.interval', 'sync.interval_minutes'],
  ['statedir', 'state_dir'],
  ['', null],
  ['x', null],
  ['ab', null],
  ['frobnicate', null],
  ['push', null],
  ['--', null],
];
for (const [word, wanted] of WORDS)
  meant(`${JSON.stringify(word)} is ${wanted ?? 'none'}`, () => assert.is(closest(word, KNOWN), wanted));

meant('is a known one or none, whatever is written', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (word) =>
      assert.ok([null, ...KNOWN].includes(closest(word, KNOWN))),
    ),
  );
  assert.is(closest('x'.repeat(10_000_000), KNOWN), null);
});

meant.run();
