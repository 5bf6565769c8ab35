import { makeMembership } from './character-class.ts';
import { somePart, widthOf, type Edge, type Pattern } from './pattern.ts';

/**
 * A pattern as steps for `search`. A step leads to the next one, except `fork` (to `other` if the next fails), `jump`,
 * `taken` (to `other` if a group has not taken part) and `found`. `memo` numbers the forks: search uses it to remember
 * what it learned about a fork at a place of the text.
 */
type Step =
  | { readonly op: 'set'; readonly has: (codePoint: number) => boolean }
  | { readonly op: 'fork'; other: number; readonly memo: number }
  | { readonly op: 'jump'; to: number }
  | { readonly op: 'edge'; readonly edge: Edge }
  /** Looks for the steps up to `after`, which end with `found`, beginning `back` characters before. */
  | { readonly op: 'look'; after: number; readonly back: number; readonly negate: boolean }
  /** Takes the first way from the next step to `found`, and continues with `after`. */
  | { readonly op: 'atom'; after: number }
  | { readonly op: 'taken'; readonly from: number; readonly to: number; other: number }
  | { readonly op: 'note'; readonly slot: number }
  /** Continues only if the text has advanced since the note: an empty round of a loop would repeat for ever. */
  | { readonly op: 'advanced'; readonly slot: number }
  | { readonly op: 'again'; readonly from: number; readonly to: number; readonly ignoreCase: boolean }
  | { readonly op: 'found' };

export type Program = {
  readonly steps: readonly Step[];
  readonly memos: number;
  /** How many places of the text are noted; only with back-references and conditions. */
  readonly slots: number;
  readonly atoms: boolean;
};

/** Translates a pattern into steps, with counted repetitions written out. */
export const compileProgram = (pattern: Pattern): Program => {
  const referred = new Set<number>();
  const atoms = somePart(pattern, (part) => part.kind === 'atom');
  somePart(pattern, (part) => {
    if (part.kind === 'again' || part.kind === 'condition') referred.add(part.index);
    return false;
  });
  const refers = referred.size > 0;
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

  /**
   * Goes into what follows, or around it; returns a function with which the caller sets the way around. Lazy: tries the
   * way around first.
   */
  const enter = (lazy: boolean): ((end: number) => void) => {
    const choice = fork();
    if (!lazy) return (end) => void (choice.other = end);
    const around = jump();
    choice.other = steps.length;
    return (end) => void (around.to = end);
  };

  const loop = (item: Pattern, lazy: boolean): void => {
    const start = steps.length;
    const leave = enter(lazy);
    const guarded = refers && widthOf(item).least === 0;
    const slot = guarded ? slots++ : 0;
    if (guarded) steps.push({ op: 'note', slot });
    emit(item);
    if (guarded) steps.push({ op: 'advanced', slot });
    jump(start);
    leave(steps.length);
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
          loop(part.item, part.lazy);
          break;
        }
        const exits: ((end: number) => void)[] = [];
        for (let i = part.least; i < part.most; i++) {
          exits.push(enter(part.lazy));
          emit(part.item);
        }
        for (const exit of exits) exit(steps.length);
        break;
      }
      case 'group': {
        const slot = referred.has(part.index) ? slotOf(part.index) : null;
        if (slot !== null) steps.push({ op: 'note', slot });
        emit(part.item);
        if (slot !== null) steps.push({ op: 'note', slot: slot + 1 });
        break;
      }
      case 'edge':
        steps.push({ op: 'edge', edge: part.edge });
        break;
      case 'look': {
        const step = {
          op: 'look' as const,
          after: -1,
          back: part.behind ? widthOf(part.item).most : 0,
          negate: part.negate,
        };
        steps.push(step);
        emit(part.item);
        steps.push({ op: 'found' });
        step.after = steps.length;
        break;
      }
      case 'atom': {
        const step = { op: 'atom' as const, after: -1 };
        steps.push(step);
        emit(part.item);
        steps.push({ op: 'found' });
        step.after = steps.length;
        break;
      }
      case 'condition': {
        const slot = slotOf(part.index);
        const step = { op: 'taken' as const, from: slot, to: slot + 1, other: -1 };
        steps.push(step);
        emit(part.yes);
        const exit = jump();
        step.other = steps.length;
        emit(part.no);
        exit.to = steps.length;
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
  return { steps, memos, slots, atoms };
};
