/** The scenarios: what is drawn, and how often. */
import fc from 'fast-check';
import { bucket, draft, drafts, fault, int, on, op, pick, seconds, title } from './draws.ts';
import { HOSTNAMES, type Kind, type MachineDraft, type Op, type Scenario } from './ops.ts';
import {
  afterAPass,
  copiedImport,
  deletions,
  foreignImport,
  ownImportCopied,
  slowLoss,
  slowWalk,
  takenBack,
} from './sequences.ts';

type Weighed = readonly (readonly [weight: number, arbitrary: fc.Arbitrary<Op | readonly Op[]>])[];

/** What a pass finds by itself: new and growing events, and any fault of the pass. */
const PLAIN: Weighed = [
  [6, op('record', { on, bucket, events: drafts(3000, 4) })],
  [4, op('beat', { on, bucket, times: int(1, 4), title: int(0, 2) })],
  [3, op('grow', { on, bucket, pick: int(0, 2), seconds: int(1, 900) })],
  [1, op('make bucket', { on, bucket })],
  [3, op('wait', { minutes: fc.constantFrom(5, 30, 70, 24 * 60, 8 * 24 * 60) })],
  [1, op('rename', { on, hostname: int(0, HOSTNAMES.length - 1) })],
  [8, op('pass', { on, mode: fc.constant('both'), fault: fc.constant(null) })],
  [2, op('pass', { on, mode: fc.constantFrom('push', 'pull'), fault: fc.constant(null) })],
  [10, op('pass', { on, mode: fc.constant('both'), fault })],
  [4, op('arrive', {})],
  [1, op('clone', { on })],
  [1, op('lose state', { on })],
  [2, op('stranger', { on, testing: fc.boolean() })],
  [2, op('unreadable', { on, bucket, event: draft(3000) })],
  [2, op('reinstall', { on, hostname: int(0, HOSTNAMES.length - 1), order: fc.constant(0) })],
  [1, op('slow', { on, ms: fc.constantFrom(0, 200, 700) })],
  [2, op('server event', { on, bucket, event: draft(3000) })],
  // somebody exports the local aw-server, including copies, and imports the file on the server
  [2, op('server import', { on })],
  [1, copiedImport],
  [1, ownImportCopied],
  [1, foreignImport],
  [1, afterAPass],
  [1, slowWalk],
  [1, op('same id', { on })],
];

/** What needs a proof or a new epoch to be corrected. */
const HARD: Weighed = [
  [3, op('import', { on, bucket, daysAgo: fc.constantFrom(1, 2, 30, 365), events: drafts(3000, 3) })],
  [2, op('grow', { on, bucket, pick, seconds: int(-30, 900) })],
  [3, op('edit', { on, bucket, pick, title })],
  [3, op('move', { on, bucket, pick, seconds })],
  [2, op('twin', { on, bucket, pick, longer: fc.constantFrom(0, 0, 5) })],
  [4, op('delete', { on, bucket, pick })],
  [1, op('drop bucket', { on, bucket })],
  [2, op('backup', { on })],
  [2, op('restore', { on })],
  [2, op('crash', { on, back: int(0, 3) })],
  [2, op('rebuild', { on, order: int(0, 9) })],
  [2, op('swap', { on, order: int(0, 9) })],
  [2, op('reinstall', { on, hostname: int(0, HOSTNAMES.length - 1), order: int(1, 9) })],
  [2, op('repair', { on, fault: fc.constant(null) })],
  [2, op('repair', { on, fault })],
  [2, op('spoil copy', { on, pick, how: fc.constantFrom('delete', 'edit', 'drop') })],
  [1, op('server backup', {})],
  [1, op('server restore', {})],
  [1, op('server drop', { on, bucket })],
  [2, op('put back', { on, bucket })],
  [1, op('take along', { on, bucket })],
  [1, op('clear', { on, bucket, count: int(1, 12) })],
  [1, op('spoil copies', { on })],
  [3, deletions],
  [1, slowLoss],
  [1, takenBack],
];

const machine: fc.Arbitrary<MachineDraft> = fc.noShrink(
  fc.record({
    kind: fc.constantFrom<Kind>('rust', 'python'),
    hostname: int(0, HOSTNAMES.length - 1),
    // A changed database is only accepted with twenty witnesses: most machines have a bucket with more events.
    buckets: fc
      .tuple(
        fc.oneof(
          { weight: 4, arbitrary: fc.array(draft(30_000), { minLength: 22, maxLength: 30 }) },
          { weight: 1, arbitrary: drafts(3000, 5) },
        ),
        drafts(9000, 6),
        fc.boolean(),
      )
      .map(([large, small, both]) => (both ? [large, small] : [large])),
  }),
);

const opsOf = (ops: Weighed) => {
  const one = fc.oneof(...ops.map(([weight, arbitrary]) => ({ weight, arbitrary })));
  // The length is drawn first, so that short and long ones are equally frequent.
  return int(2, 8).chain((size) => fc.array(one, { minLength: size, maxLength: size }).map((some) => some.flat()));
};

/**
 * A third is plain: there, passes alone must bring everything in step, and a repair finds nothing. Of the others half
 * get a day of passes, and half get a repair.
 */
export const scenarios: fc.Arbitrary<Scenario> = fc.noBias(
  fc.record({
    machines: fc.tuple(machine, machine),
    ops: fc.oneof({ weight: 1, arbitrary: opsOf(PLAIN) }, { weight: 2, arbitrary: opsOf([...PLAIN, ...HARD]) }),
    day: fc.boolean(),
    smallPages: int(0, 3).map((n) => n === 0),
    // What is drawn last leaves everything before it as it was.
    ktServer: fc.record({ on, after: int(0, 7), of: int(0, 5) }).map(({ of, ...place }) => (of === 0 ? place : null)),
  }),
) as fc.Arbitrary<Scenario>;
