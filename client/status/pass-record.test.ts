import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { problemsOf } from './health.ts';
import { noteError, noteProof, noteReport, troubles, type Made, type PassRecord } from './pass-record.ts';
import { proofRow, type ProofReport, type ProofRow } from '../sync/proof/proof-report.ts';
import { pulledCopy, pushedBucket, type PulledBucket, type PushedBucket, type Report } from '../sync/report.ts';

const AGAINST = { url: 'https://kt.example', account: 'a', device: 'd' };
const MADE: Made = { by: 'daemon', task: 'pass', mode: 'both', against: AGAINST };
/** A fixture with something changed. */
const but = <T extends object>(whole: T, more: Partial<T>): T => ({ ...whole, ...more });
const report = (endedUs: bigint, pushed: Partial<PushedBucket>[], pulled: Partial<PulledBucket>[] = []): Report => ({
  deviceId: 'd',
  newDevice: false,
  dryRun: false,
  pass: 1,
  startedUs: endedUs - 1n,
  endedUs,
  pushed: pushed.map((one) => but(pushedBucket('window'), one)),
  compared: null,
  pulled: pulled.map((one) =>
    but(pulledCopy({ device: 'other', bucket: 'afk', localId: 'afk-synced-from-bert' }, 'bert'), one),
  ),
});
const proof = (endedUs: bigint, repair: boolean, ...rows: Partial<ProofRow>[]): ProofReport => ({
  deviceId: 'd',
  pass: 2,
  repair,
  startedUs: endedUs,
  endedUs,
  rows: rows.map((row) =>
    but(proofRow({ side: 'own', bucket: 'window', device: 'd', hostname: 'anna', localId: 'window' }), row),
  ),
});
const told = ({ buckets }: PassRecord) =>
  buckets.map(({ bucket, outcome, inStepUs }) => `${bucket} ${outcome} ${inStepUs}`);
const FAILED = { outcome: 'failed', reason: 'no answer' } as const;

const record = suite('the record of the passes');

record('tells of each bucket when it was in step last, and why it is not', () => {
  const first = noteReport(null, MADE, report(10n, [{}, { bucket: 'web', outcome: 'skipped' }], [{}]));
  assert.equal(told(first), ['window in_step 10', 'afk in_step 10']);
  const second = noteReport(first, MADE, report(20n, [FAILED], []));
  assert.equal(told(second), ['window failed 10', 'afk in_step 20']);
  assert.equal([second.inStepUs, second.endedUs], [10n, 20n]);
  assert.equal(
    troubles(second).map(({ reason }) => reason),
    ['no answer'],
  );
});

record('of a pull alone keeps what the last push said, and the other way round', () => {
  const both = noteReport(null, MADE, report(10n, [FAILED], [FAILED]));
  assert.equal(told(noteReport(both, { ...MADE, mode: 'pull' }, report(20n, []))), [
    'window failed null',
    'afk in_step 20',
  ]);
  assert.equal(told(noteReport(both, { ...MADE, mode: 'push' }, report(20n, [{}]))), [
    'window in_step 20',
    'afk failed null',
  ]);
});

record('forgets own buckets that are not here any more', () => {
  const before = noteReport(null, MADE, report(10n, [{}, { bucket: 'web' }]));
  assert.equal(told(noteReport(before, MADE, report(20n, [{}]))), ['window in_step 20']);
});

record('keeps events that are set aside until a repair has tried them again', () => {
  const aside = noteReport(null, MADE, report(10n, [{ rejected: [{ sourceId: 7, reason: 'too odd' }] }]));
  const later = noteReport(aside, MADE, report(20n, [{ rejected: [{ sourceId: 8, reason: 'odd as well' }] }]));
  assert.equal(
    later.buckets[0]!.setAside.map(({ sourceId }) => sourceId),
    [7, 8],
  );
  const still = noteProof(
    later,
    { ...MADE, task: 'proof' },
    proof(30n, true, { rejected: [{ sourceId: 8, reason: 'odd as well' }] }),
  );
  assert.equal(
    still.buckets[0]!.setAside.map(({ sourceId }) => sourceId),
    [8],
  );
  assert.equal(noteProof(later, MADE, proof(30n, false)).buckets[0]!.setAside.length, 2, 'a mere look tries nothing');
});

record('after a proof says what differs', () => {
  const before = noteReport(null, MADE, report(10n, [{}], [{}]));
  const made: Made = { ...MADE, by: 'verify', task: 'proof' };
  const after = noteProof(
    before,
    made,
    proof(
      20n,
      false,
      { outcome: 'differs', days: [1, 2] },
      { side: 'copy', bucket: 'afk', device: 'other', hostname: 'bert' },
      { bucket: 'gone', outcome: 'apart' },
    ),
  );
  assert.equal(told(after), ['window held 10', 'afk in_step 20']);
  assert.match(after.buckets[0]!.reason!, /2 days.*verify --repair/);
  const repaired = noteProof(before, made, proof(20n, true, { outcome: 'differs', days: [1] }));
  assert.match(repaired.buckets[0]!.reason!, /still differs on 1 day after a repair/);
  assert.not.match(repaired.buckets[0]!.reason!, /--repair|0 days/, 'what did not help is no advice');
  assert.equal(after.proof, { endedUs: 20n, equal: false });
  assert.ok(noteProof(after, made, proof(30n, true)).proof?.equal);
});

record('begins anew with another server, account or device', () => {
  const before = noteReport(null, MADE, report(10n, [FAILED]));
  for (const other of [{ url: 'https://kt.other' }, { account: 'b' }, { device: 'e' }]) {
    const made: Made = { ...MADE, against: { ...AGAINST, ...other } };
    assert.equal(told(noteReport(before, { ...made, mode: 'pull' }, report(20n, []))), []);
    assert.equal(
      noteProof({ ...before, inStepUs: 10n }, made, proof(20n, false, { outcome: 'differs' })).inStepUs,
      null,
    );
    const failed = noteError(before, made, 19n, 20n, { code: 'unavailable', message: 'it is down' });
    assert.equal([told(failed), failed.against], [[], made.against]);
  }
  assert.equal(
    told(noteReport({ ...before, against: null }, { ...MADE, mode: 'pull' }, report(20n, []))),
    ['window failed null'],
    'a record of before is gone on with',
  );
});

record('of a pass that was stopped as a whole keeps all else', () => {
  const before = noteReport(null, MADE, report(10n, [{}]));
  const after = noteError(before, { ...MADE, by: 'sync' }, 19n, 20n, { code: 'unavailable', message: 'it is down' });
  assert.equal([after.by, after.error?.message, after.endedUs, after.inStepUs], ['sync', 'it is down', 20n, 10n]);
  assert.equal(told(after), ['window in_step 10']);
  assert.is(noteReport(after, MADE, report(30n, [{}])).error, null);
});
record.run();

const MINUTE = 60_000_000n;
const GOOD = noteReport(null, MADE, report(1000n * MINUTE, [{}]));
const facts = { record: GOOD, against: AGAINST, refused: false, intervalUs: 5n * MINUTE, nowUs: 1010n * MINUTE };
const health = suite('health');
const CASES: [what: string, facts: Parameters<typeof problemsOf>[0], says: RegExp | null][] = [
  ['a good pass a while ago is well', facts, null],
  ['a clock that was set back is well', { ...facts, nowUs: 0n }, null],
  [
    'a good pass is well where the account can not be asked for now',
    { ...facts, against: { ...AGAINST, account: null } },
    null,
  ],
  [
    'a good pass of another server is not',
    { ...facts, against: { ...AGAINST, url: 'https://kt.other', account: 'b' } },
    /nothing was compared with https:\/\/kt.other yet.*of https:\/\/kt.example/,
  ],
  [
    'a good pass of another account is not',
    { ...facts, against: { ...AGAINST, account: 'b' } },
    /of another account of https:\/\/kt.example/,
  ],
  ['a good pass of another device is not', { ...facts, against: { ...AGAINST, device: 'e' } }, /of another device/],
  [
    'a good pass of who knows which server is not',
    { ...facts, record: { ...GOOD, against: null } },
    /not known: run `kt-client sync`/,
  ],
  ['nothing synced yet is not', { ...facts, record: null }, /nothing was synced yet/],
  ['a pass long ago is not', { ...facts, nowUs: 1026n * MINUTE }, /long ago/],
  ['a refused device is not', { ...facts, refused: true }, /setup --new-device/],
  [
    'a pass that failed is not',
    { ...facts, record: noteError(GOOD, MADE, 0n, facts.nowUs, { code: 'unavailable', message: 'down' }) },
    /the last pass failed: down/,
  ],
  [
    'a bucket that failed is not',
    { ...facts, record: noteReport(GOOD, MADE, report(facts.nowUs, [FAILED])) },
    /^window: no answer/,
  ],
  [
    'a copy that failed is not',
    { ...facts, record: noteReport(GOOD, MADE, report(facts.nowUs, [], [FAILED])) },
    /^afk of bert: no answer/,
  ],
  [
    'an event that is set aside is known, and well',
    { ...facts, record: noteReport(GOOD, MADE, report(facts.nowUs, [{ rejected: [{ sourceId: 7, reason: 'odd' }] }])) },
    null,
  ],
];
for (const [what, given, says] of CASES) {
  health(what, () => {
    const problems = problemsOf(given);
    if (says === null) assert.equal(problems, []);
    else assert.match(problems.join('\n'), says);
  });
}
health.run();
