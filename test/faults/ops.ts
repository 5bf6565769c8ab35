/**
 * What may happen, as plain data: a scenario is two machines and a list of operations, drawn by fast-check from a seed.
 * An operation names what it works on by numbers that fit anything (`pick` modulo what is there), so that a scenario
 * stays one when operations are taken out of it: fast-check shrinks a failure by that.
 */
import fc from 'fast-check';

export type Kind = 'rust' | 'python';

/** An event to record: seconds before now, and a title by number. */
export type Draft = { readonly ago: number; readonly micros: number; readonly length: number; readonly title: number };

/**
 * What befalls a pass. `die`: its process ends before or after its n-th action (a request to either server, or a write
 * of its state); `stall`: it dies at its first push, which arrives later. `half` befalls the next push: the server dies
 * after the first of its buckets. The others befall one request.
 */
export type PassFault = {
  readonly at: number;
  readonly how: 'die before' | 'die after' | 'stall' | 'half' | 'lost' | 'unanswered' | 'torn' | '500' | '503';
  /** The client's own retries: with none, the pass ends there. */
  readonly retries: 0 | 1;
};

type On = { readonly on: number; readonly bucket: number };
type Pick = On & { readonly pick: number };

export type Op =
  // what watchers, users and importers do
  | (On & { readonly op: 'record'; readonly events: readonly Draft[] })
  | (On & { readonly op: 'import'; readonly daysAgo: number; readonly events: readonly Draft[] })
  | (On & { readonly op: 'beat'; readonly times: number; readonly title: number })
  | (Pick & { readonly op: 'grow'; readonly seconds: number })
  | (Pick & { readonly op: 'edit'; readonly title: number })
  | (Pick & { readonly op: 'move'; readonly seconds: number })
  | (Pick & { readonly op: 'twin'; readonly longer: number })
  | (Pick & { readonly op: 'delete' })
  /** A row that can't be read: the Python aw-server takes `NaN`, and prints it. */
  | (On & { readonly op: 'unreadable'; readonly event: Draft })
  | (On & { readonly op: 'make bucket' })
  | (On & { readonly op: 'drop bucket' })
  /** The oldest events of a bucket go: a retention by hand, or something that happened to the database. */
  | (On & { readonly op: 'clear'; readonly count: number })
  /**
   * What the other machine recorded in the bucket of this id is imported here as well: a history that two devices
   * have.
   */
  | (On & { readonly op: 'take along' })
  | { readonly op: 'wait'; readonly minutes: number }
  /** From now on each read of the local aw-server takes so long: a pass proves a part of what there is. */
  | { readonly op: 'slow'; readonly on: number; readonly ms: number }
  // what becomes of a local database
  | { readonly op: 'backup'; readonly on: number }
  | { readonly op: 'restore'; readonly on: number }
  | { readonly op: 'crash'; readonly on: number; readonly back: number }
  | { readonly op: 'rebuild'; readonly on: number; readonly order: number }
  | { readonly op: 'swap'; readonly on: number; readonly order: number }
  | { readonly op: 'rename'; readonly on: number; readonly hostname: number }
  // what becomes of kt-client and its state
  | {
      readonly op: 'pass';
      readonly on: number;
      readonly mode: 'both' | 'push' | 'pull';
      readonly fault: PassFault | null;
    }
  | { readonly op: 'repair'; readonly on: number; readonly fault: PassFault | null }
  | { readonly op: 'arrive' }
  | { readonly op: 'clone'; readonly on: number }
  | { readonly op: 'lose state'; readonly on: number }
  /** Another computer's aw-server, or a testing one, answers in place of the machine's for the length of a pass. */
  | { readonly op: 'stranger'; readonly on: number; readonly testing: boolean }
  | { readonly op: 'reinstall'; readonly on: number; readonly hostname: number; readonly order: number }
  // what becomes of copies and of the server
  | { readonly op: 'spoil copy'; readonly on: number; readonly pick: number; readonly how: 'delete' | 'edit' | 'drop' }
  | { readonly op: 'server backup' }
  | { readonly op: 'server restore' }
  | (On & { readonly op: 'server event'; readonly event: Draft })
  | (On & { readonly op: 'server drop' })
  | (On & { readonly op: 'put back' })
  | { readonly op: 'server import'; readonly on: number };

export type MachineDraft = {
  readonly kind: Kind;
  readonly hostname: number;
  readonly buckets: readonly (readonly Draft[])[];
};
export type Scenario = {
  readonly machines: readonly [MachineDraft, MachineDraft];
  readonly ops: readonly Op[];
  /** Whatever the operations are: no repair is run, passes alone must bring everything in step at once. */
  readonly passesAlone?: true;
  /** Nor is one run here, but for deletions that are held: a day of passes must prove and mend all that differs. */
  readonly day?: boolean;
};

export const HOSTNAMES = ['mac', 'mac.local', 'häuschen', 'lap top'] as const;
export const BUCKETS = ['aw-watcher-window', 'aw-watcher-afk', 'web'] as const;
export const TITLES = [
  'vim',
  'mail',
  'web',
  'φ – 日本 🙂',
  'NUL \u0000 in it',
  'lone \ud800 half',
  'x'.repeat(300),
  '',
] as const;

const int = (min: number, max: number) => fc.integer({ min, max });
const title = fc.oneof({ weight: 6, arbitrary: int(0, 3) }, { weight: 1, arbitrary: int(4, TITLES.length - 1) });
const length = fc.oneof(
  { weight: 5, arbitrary: int(0, 600_000) },
  { weight: 1, arbitrary: fc.constantFrom(0, -1000, 7_200_000, 100_000_000) },
);
/** Mostly anywhere within the span; now and then on a coarse grid, where starts meet, or in the future. */
const draft = (spanSeconds: number): fc.Arbitrary<Draft> =>
  // Not shrunk: operations taken out make a failure plain, times and titles made smaller only make it slow to find.
  fc.noShrink(
    fc.record({
      ago: fc.oneof(
        { weight: 40, arbitrary: int(0, spanSeconds) },
        { weight: 10, arbitrary: int(0, 5).map((n) => n * 300) },
        { weight: 1, arbitrary: fc.constantFrom(-86_400, -40 * 86_400) },
      ),
      micros: fc.oneof({ weight: 2, arbitrary: int(0, 999_999) }, { weight: 1, arbitrary: fc.constant(0) }),
      length,
      title,
    }),
  );
const drafts = (spanSeconds: number, most: number) => fc.array(draft(spanSeconds), { minLength: 1, maxLength: most });

const on = int(0, 1);
const bucket = int(0, BUCKETS.length - 1);
const pick = int(0, 99);
const seconds = fc.oneof(int(-600, 600), fc.constantFrom(-86_400, 86_400, -90_000, 1, -1));
const fault: fc.Arbitrary<PassFault> = fc.record({
  at: fc.oneof({ weight: 3, arbitrary: int(1, 16) }, { weight: 1, arbitrary: int(17, 40) }),
  how: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom<PassFault['how']>('die before', 'die after') },
    { weight: 1, arbitrary: fc.constantFrom<PassFault['how']>('stall', 'half') },
    { weight: 3, arbitrary: fc.constantFrom<PassFault['how']>('lost', 'unanswered', 'torn', '500', '503') },
  ),
  retries: fc.constantFrom<0 | 1>(0, 1),
});
const op = <T extends Op['op'], R>(name: T, fields: R) =>
  fc.record({ op: fc.constant(name), ...fields } as never) as unknown as fc.Arbitrary<Op>;

type Weighed = readonly (readonly [weight: number, arbitrary: fc.Arbitrary<Op | readonly Op[]>])[];

const onePass = (on: number): Op => ({ op: 'pass', on, mode: 'both', fault: null });
/** Several in a row, which one after another would seldom come by chance. */
const row = <T>(draw: fc.Arbitrary<T>, ops: (drawn: T) => readonly Op[]): fc.Arbitrary<readonly Op[]> => draw.map(ops);

/** What a pass finds by itself: new and growing events, and whatever befalls the pass. */
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
  // somebody exports the local aw-server, copies and all, and imports the file on the server
  [2, op('server import', { on })],
  // … and another machine copies what was imported, before or after the one whose history it is takes it over
  [1, row(on, (one) => [{ op: 'server import', on: one }, onePass(1 - one), onePass(one)])],
  [1, row(on, (one) => [onePass(one), { op: 'stranger', on: one, testing: false }])],
];

/** What takes a proof or a new epoch to put right. */
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
  [
    2,
    // Deletions that a pass finds, once and again within the day; and what becomes of them in the trash.
    row(
      fc.record({ on, bucket, counts: fc.array(int(3, 9), { minLength: 1, maxLength: 2 }), back: fc.boolean() }),
      (drawn) => [
        onePass(drawn.on),
        ...drawn.counts.flatMap((count): Op[] => [
          { op: 'clear', on: drawn.on, bucket: drawn.bucket, count },
          { op: 'wait', minutes: 70 },
          onePass(drawn.on),
        ]),
        ...(drawn.back ? [{ op: 'put back' as const, on: drawn.on, bucket: drawn.bucket }] : []),
      ],
    ),
  ],
];

const machine: fc.Arbitrary<MachineDraft> = fc.noShrink(
  fc.record({
    kind: fc.constantFrom<Kind>('rust', 'python'),
    hostname: int(0, HOSTNAMES.length - 1),
    // Twenty witnesses are needed before a changed database is believed: most machines have a bucket with more.
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
  // The length is drawn first, so that short and long ones are equally many.
  return int(2, 8).chain((size) => fc.array(one, { minLength: size, maxLength: size }).map((some) => some.flat()));
};

/**
 * A third is plain: there, passes alone must bring everything in step, and a repair has nothing to do. Of the others
 * half are left to a day
 * of passes, and half to a repair.
 */
export const scenarios: fc.Arbitrary<Scenario> = fc.noBias(
  fc.record({
    machines: fc.tuple(machine, machine),
    ops: fc.oneof({ weight: 1, arbitrary: opsOf(PLAIN) }, { weight: 2, arbitrary: opsOf([...PLAIN, ...HARD]) }),
    day: fc.boolean(),
  }),
) as fc.Arbitrary<Scenario>;
