import { makeMembership } from './character-class.ts';
import type { Pattern } from './pattern.ts';
import type { Step } from './program.ts';

/** The steps of a program while they are written. A step whose target is not known yet is returned, to be set later. */
export type StepWriter = {
  readonly steps: Step[];
  readonly memos: number;
  readonly slots: number;
  fork(): Extract<Step, { op: 'fork' }>;
  jump(to?: number): Extract<Step, { op: 'jump' }>;
  /**
   * Goes into what follows, or around it; returns a function with which the caller sets the way around. Lazy: tries the
   * way around first.
   */
  enter(lazy: boolean): (end: number) => void;
  /** The first of a group's two slots: where it begins, and where it ends. */
  groupSlot(index: number): number;
  /** A slot for one note. */
  newSlot(): number;
  /** The test of a set; equal sets share one. */
  membership(set: Extract<Pattern, { kind: 'set' }>): (codePoint: number) => boolean;
};

export const makeStepWriter = (): StepWriter => {
  const steps: Step[] = [];
  const groupSlots = new Map<number, number>();
  const memberships = new Map<string, (codePoint: number) => boolean>();
  let memos = 0;
  let slots = 0;

  const fork: StepWriter['fork'] = () => {
    const step = { op: 'fork' as const, other: -1, memo: memos++ };
    steps.push(step);
    return step;
  };
  const jump: StepWriter['jump'] = (to = -1) => {
    const step = { op: 'jump' as const, to };
    steps.push(step);
    return step;
  };
  return {
    steps,
    get memos() {
      return memos;
    },
    get slots() {
      return slots;
    },
    fork,
    jump,
    enter(lazy) {
      const choice = fork();
      if (!lazy) return (end) => void (choice.other = end);
      const around = jump();
      choice.other = steps.length;
      return (end) => void (around.to = end);
    },
    groupSlot(index) {
      const slot = groupSlots.get(index) ?? slots;
      if (slot === slots) slots += 2;
      groupSlots.set(index, slot);
      return slot;
    },
    newSlot: () => slots++,
    membership({ members, negate, ignoreCase }) {
      const name = `${negate} ${ignoreCase} ${members}`;
      const known = memberships.get(name) ?? makeMembership(members, negate, ignoreCase);
      memberships.set(name, known);
      return known;
    },
  };
};
