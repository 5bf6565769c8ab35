import { somePart, widthOf, type Edge, type Pattern } from './pattern.ts';
import { makeStepWriter } from './step-writer.ts';

/**
 * A pattern as steps for `search`. A step leads to the next one, except `fork` (to `other` if the next fails), `jump`,
 * `taken` (to `other` if a group has not taken part) and `found`. `memo` numbers the forks: search uses it to remember
 * what it learned about a fork at a place of the text.
 */
export type Step =
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

type Part<Kind extends Pattern['kind']> = Extract<Pattern, { kind: Kind }>;

/** Translates a pattern into steps, with counted repetitions written out. */
export const compileProgram = (pattern: Pattern): Program => {
  const referred = new Set<number>();
  const atoms = somePart(pattern, (part) => part.kind === 'atom');
  somePart(pattern, (part) => {
    if (part.kind === 'again' || part.kind === 'condition') referred.add(part.index);
    return false;
  });
  const refers = referred.size > 0;
  const writer = makeStepWriter();
  const { steps, fork, jump, enter, groupSlot, newSlot, membership } = writer;

  const emit = (part: Pattern): void => {
    switch (part.kind) {
      case 'set':
        steps.push({ op: 'set', has: membership(part) });
        break;
      case 'sequence':
        part.items.forEach(emit);
        break;
      case 'either':
        either(part);
        break;
      case 'repeat':
        repeat(part);
        break;
      case 'group':
        group(part);
        break;
      case 'edge':
        steps.push({ op: 'edge', edge: part.edge });
        break;
      case 'look': {
        const back = part.behind ? widthOf(part.item).most : 0;
        apart({ op: 'look', after: -1, back, negate: part.negate }, part);
        break;
      }
      case 'atom':
        apart({ op: 'atom', after: -1 }, part);
        break;
      case 'condition':
        condition(part);
        break;
      case 'again': {
        const slot = groupSlot(part.index);
        steps.push({ op: 'again', from: slot, to: slot + 1, ignoreCase: part.ignoreCase });
        break;
      }
    }
  };

  const either = ({ options }: Part<'either'>): void => {
    const exits = options.slice(0, -1).map((option) => {
      const next = fork();
      emit(option);
      const exit = jump();
      next.other = steps.length;
      return exit;
    });
    emit(options.at(-1)!);
    for (const exit of exits) exit.to = steps.length;
  };

  const repeat = ({ item, least, most, lazy }: Part<'repeat'>): void => {
    for (let i = 0; i < least; i++) emit(item);
    if (most === Infinity) {
      loop(item, lazy);
      return;
    }
    const exits: ((end: number) => void)[] = [];
    for (let i = least; i < most; i++) {
      exits.push(enter(lazy));
      emit(item);
    }
    for (const exit of exits) exit(steps.length);
  };

  const loop = (item: Pattern, lazy: boolean): void => {
    const start = steps.length;
    const leave = enter(lazy);
    const guarded = refers && widthOf(item).least === 0;
    const slot = guarded ? newSlot() : 0;
    if (guarded) steps.push({ op: 'note', slot });
    emit(item);
    if (guarded) steps.push({ op: 'advanced', slot });
    jump(start);
    leave(steps.length);
  };

  const group = ({ index, item }: Part<'group'>): void => {
    const slot = referred.has(index) ? groupSlot(index) : null;
    if (slot !== null) steps.push({ op: 'note', slot });
    emit(item);
    if (slot !== null) steps.push({ op: 'note', slot: slot + 1 });
  };

  /** An item that is searched by itself, up to a `found` of its own. */
  const apart = (step: Extract<Step, { op: 'look' | 'atom' }>, { item }: Part<'look' | 'atom'>): void => {
    steps.push(step);
    emit(item);
    steps.push({ op: 'found' });
    step.after = steps.length;
  };

  const condition = ({ index, yes, no }: Part<'condition'>): void => {
    const slot = groupSlot(index);
    const step = { op: 'taken' as const, from: slot, to: slot + 1, other: -1 };
    steps.push(step);
    emit(yes);
    const exit = jump();
    step.other = steps.length;
    emit(no);
    exit.to = steps.length;
  };

  emit(pattern);
  steps.push({ op: 'found' });
  return { steps, memos: writer.memos, slots: writer.slots, atoms };
};
