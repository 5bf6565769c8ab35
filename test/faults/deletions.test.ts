/**
 * Hand-written scenarios (model.ts) for rules that random ones rarely reach: the breaker, the trash, what is put back,
 * what is written by hand.
 */
import { suite } from 'uvu';
import { play } from './model.ts';
import type { Draft, MachineDraft, Op, PassFault } from './ops.ts';

const drafts = (count: number): Draft[] =>
  Array.from({ length: count }, (_, i) => ({ ago: 8000 + i * 600, micros: i, length: 60_000, title: i % 3 }));
const machine = (kind: MachineDraft['kind'], hostname: number): MachineDraft => ({
  kind,
  hostname,
  buckets: [drafts(30)],
});

const pass = (on = 0, fault: PassFault | null = null): Op => ({ op: 'pass', on, mode: 'both', fault });
/** Deletes the oldest events, so that the newest still show that the ids are the same. */
const deleted = (from: number, count: number): Op[] =>
  Array.from({ length: count }, (_, i) => ({ op: 'delete', on: 0, bucket: 0, pick: from - 1 - i }));
const later: Op = { op: 'wait', minutes: 70 };
const putBack: Op = { op: 'put back', on: 0, bucket: 0 };

const SCENARIOS: Readonly<Record<string, readonly Op[]>> = {
  'a quarter and one more are not deleted by a pass': [pass(), ...deleted(30, 8), later, pass()],
  'nor bit by bit within a day, though the state is lost': [
    pass(),
    ...deleted(30, 5),
    later,
    pass(),
    { op: 'lose state', on: 0 },
    ...deleted(25, 5),
    later,
    pass(),
  ],
  'what is put back is kept, and pulled': [
    pass(),
    pass(1),
    ...deleted(30, 4),
    later,
    pass(),
    pass(1),
    putBack,
    pass(),
    pass(1),
  ],
  'what is here again is not put back': [
    { op: 'backup', on: 0 },
    pass(),
    ...deleted(30, 4),
    later,
    pass(),
    { op: 'restore', on: 0 },
    later,
    pass(),
    putBack,
    pass(),
  ],
  'what is put back is taken over by a device that has it again': [
    { op: 'backup', on: 0 },
    pass(),
    ...deleted(30, 4),
    later,
    pass(),
    putBack,
    { op: 'restore', on: 0 },
    later,
    pass(),
  ],
  'what a pass that dies has deleted is in the trash': [
    pass(),
    ...deleted(30, 4),
    later,
    pass(0, { at: 14, how: 'die after', retries: 0 }),
    pass(),
  ],
  'what is written by hand at a pushed bucket goes beside it': [
    pass(),
    { op: 'server event', on: 0, bucket: 0, event: drafts(1)[0]! },
    pass(),
    pass(1),
  ],
};

const scenarios = suite('deletions, and what is put back');
for (const [what, ops] of Object.entries(SCENARIOS)) {
  scenarios(what, async () => void (await play({ machines: [machine('rust', 0), machine('python', 1)], ops })));
}
scenarios.run();
