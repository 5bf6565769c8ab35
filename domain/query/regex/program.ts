import { makeMembership } from './character-class.ts';
import { somePart, widthOf, type Edge, type Pattern } from './pattern.ts';

/**
 * A pattern as steps for `search`. A step leads to the next one, but for `fork` (which also leads to `other`), `jump` and `found`.
 * `memo` numbers the forks: by it search keeps what it learned of a fork at a place of the text.
 */
export type Step =
  | { readonly op: 'set'; readonly has: (codePoint: number) => boolean }
  | { readonly op: 'fork'; other: number; readonly memo: number }
  | { readonly op: 'jump'; to: number }
  | { readonly op: 'edge'; readonly edge: Edge }
  /** What is looked for are the steps up to `after`; they end with `found`. `back` is how many characters before it begins. */
  | { readonly op: 'look'; after: number; readonly back: number; readonly negate: boolean }
  | { readonly op: 'note'; readonly slot: number }
  /** Goes on only if the text has advanced since the note: an empty round of a loop would be repeated for ever. */
  | { readonly op: 'advanced'; readonly slot: number }
  | { readonly op: 'again'; readonly from: number; readonly to: number; readonly ignoreCase: boolean }
  | { readonly op: 'found' };

export type Program = {
  readonly steps: readonly Step[];
  readonly memos: number;
  /** How many places of the text are noted; with back-references only. */
  readonly slots: number;
};

/** Writes a pattern as steps, counted repetitions written out. */
export const compileProgram = (pattern: Pattern): Program => {
  const refers = somePart(pattern, (part) => part.kind === 'again');
  const steps: Step[] = [];
  const groupSlots = new Map<number, number>();
  let memos = 0;
  let slots = 0;

  const slotOf = (index: number): number => {
    if (!groupSlots.has(index)) {
      groupSlots.set(index, slots);
      slots += 2;
    }
    return groupSlots.get(index)!;
  };
  const fork = () => {
    const step = { op: 'fork' as const, other: -1, memo: memos++ };
    steps.push(step);
    return step;
  };
  const jump = (to = -1) => {
    const step = { op: 'jump' as const, to };
    steps.push(step);
    return step;
  };

  const loop = (item: Pattern): void => {
    const start = steps.length;
    const leave = fork();
    const guarded = refers && widthOf(item).least === 0;
    const slot = guarded ? slots++ : 0;
    if (guarded) steps.push({ op: 'note', slot });
    emit(item);
    if (guarded) steps.push({ op: 'advanced', slot });
    jump(start);
    leave.other = steps.length;
  };

  const emit = (part: Pattern): void => {
    switch (part.kind) {
      case 'set':
        steps.push({ op: 'set', has: membership(part) });
        break;
      case 'sequence':
        part.items.forEach(emit);
        break;
      case 'either': {
        const exits = part.options.slice(0, -1).map((option) => {
          const next = fork();
          emit(option);
          const exit = jump();
          next.other = steps.length;
          return exit;
        });
        emit(part.options.at(-1)!);
        for (const exit of exits) exit.to = steps.length;
        break;
      }
      case 'repeat': {
        for (let i = 0; i < part.least; i++) emit(part.item);
        if (part.most === Infinity) {
          loop(part.item);
          break;
        }
        const exits: { other: number }[] = [];
        for (let i = part.least; i < part.most; i++) {
          exits.push(fork());
          emit(part.item);
        }
        for (const exit of exits) exit.other = steps.length;
        break;
      }
      case 'group': {
        const slot = refers ? slotOf(part.index) : 0;
        if (refers) steps.push({ op: 'note', slot });
        emit(part.item);
        if (refers) steps.push({ op: 'note', slot: slot + 1 });
        break;
      }
      case 'edge':
        steps.push({ op: 'edge', edge: part.edge });
        break;
      case 'look': {
        const step = { op: 'look' as const, after: -1, back: part.behind ? widthOf(part.item).most : 0, negate: part.negate };
        steps.push(step);
        emit(part.item);
        steps.push({ op: 'found' });
        step.after = steps.length;
        break;
      }
      case 'again': {
        const slot = slotOf(part.index);
        steps.push({ op: 'again', from: slot, to: slot + 1, ignoreCase: part.ignoreCase });
        break;
      }
    }
  };

  const memberships = new Map<string, (codePoint: number) => boolean>();
  const membership = ({ members, negate, ignoreCase }: Extract<Pattern, { kind: 'set' }>) => {
    const name = `${negate} ${ignoreCase} ${members}`;
    const known = memberships.get(name) ?? makeMembership(members, negate, ignoreCase);
    memberships.set(name, known);
    return known;
  };

  emit(pattern);
  steps.push({ op: 'found' });
  return { steps, memos, slots };
};
