/** Several operations in a row that chance would seldom bring together. */
import fc from 'fast-check';
import { bucket, drafts, int, on } from './draws.ts';
import type { Op } from './ops.ts';

type Sequence = fc.Arbitrary<readonly Op[]>;

const pass = (on: number, mode: 'both' | 'pull' = 'both'): Op => ({ op: 'pass', on, mode, fault: null });

/** Another machine copies what was imported, before or after the machine whose history it is takes it over. */
export const copiedImport: Sequence = on.map((one) => [{ op: 'server import', on: one }, pass(1 - one), pass(one)]);

/** The machine itself copies the import of a bucket that it never pushed, and then takes that over. */
export const ownImportCopied: Sequence = fc
  .record({ on, events: drafts(9000, 4) })
  .map((drawn) => [
    { op: 'new bucket', history: 0, ...drawn },
    { op: 'server import', on: drawn.on },
    pass(drawn.on, 'pull'),
    pass(drawn.on),
  ]);

/** Another computer's history lies under the name of a bucket that this machine pushes for the first time. */
export const foreignImport: Sequence = fc
  .record({ on, theirs: drafts(9000, 4), events: drafts(9000, 4) })
  .map(({ on: one, theirs, events }) => [
    { op: 'foreign import', on: one, events: theirs },
    { op: 'new bucket', on: one, events, history: 0 },
    pass(one),
  ]);

export const afterAPass: Sequence = on.map((one) => [pass(one), { op: 'stranger', on: one, testing: false }]);

/**
 * A slow aw-server with more buckets than a pass gets to; sometimes one of them is too large to be read along with its
 * newest days.
 */
export const slowWalk: Sequence = fc
  .record({ on, events: drafts(9000, 3), history: fc.constantFrom(0, 0, 0, 501) })
  .map(({ history, ...drawn }) => [
    { op: 'new bucket', history: 0, ...drawn },
    { op: 'new bucket', history, ...drawn },
    { op: 'slow', on: drawn.on, ms: 2000 },
  ]);

/** Deletions that a pass finds, one or several within a day; and what happens to them in the trash. */
export const deletions: Sequence = fc
  .record({
    on,
    bucket,
    counts: fc.array(int(3, 9), { minLength: 1, maxLength: 2 }),
    // Less than an hour after a proof, the next pass has only a part to find more by.
    minutes: fc.constantFrom(5, 70, 70),
    after: fc.constantFrom('nothing', 'put back', 'record again'),
  })
  .map(({ counts, minutes, after, ...place }) => [
    pass(place.on),
    ...counts.flatMap((count): Op[] => [{ op: 'clear', count, ...place }, { op: 'wait', minutes }, pass(place.on)]),
    ...(after === 'record again' ? [{ op: after, ...place } as const, pass(place.on)] : []),
    ...(after === 'nothing' ? [] : [{ op: 'put back', ...place } as const]),
  ]);

/** Copies lose something, of which a slow aw-server shows a part of the pass too little. */
export const slowLoss: Sequence = fc
  .record({ on, events: drafts(9000, 2) })
  .map(({ on: one, events }) => [
    { op: 'new bucket', on: one, events, history: 0 },
    { op: 'new bucket', on: 1 - one, events, history: 0 },
    { op: 'slow', on: one, ms: 700 },
    pass(1 - one),
    pass(one),
    { op: 'spoil copies', on: one },
    pass(one),
  ]);

/**
 * Less than an hour after its copies were proven, a machine's aw-server takes back what a pull wrote: of one instant
 * the copy holds what went, and lacks what came, and counts as many as before.
 */
export const takenBack: Sequence = fc
  .record({ on, bucket, pick: int(5, 25), title: int(0, 3) })
  .map(({ on: one, ...event }) => [
    pass(1 - one),
    pass(one),
    { op: 'spoil copies', on: one },
    pass(one),
    { op: 'edit', on: 1 - one, ...event },
    pass(1 - one),
    { op: 'backup', on: one },
    pass(one),
    { op: 'restore', on: one },
    pass(one),
  ]);
