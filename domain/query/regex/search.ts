import { holdsAt } from './edge.ts';
import type { Program } from './program.ts';

/** Most cells of memory for what was learned, a byte each; with atoms four more each for where they end. */
const MOST_CELLS = 32_000_000;
const MOST_CELLS_WITH_ATOMS = 8_000_000;
/** Steps between two calls of `tick`. */
const STRIDE = 4096;

/** What is known about a fork at a place: nothing yet, no match (or being tried), a match. */
const UNKNOWN = 0;
const FAILS = 1;
const LEADS = 2;

type Notes = readonly (number | undefined)[];
/** Where `found` was reached, and what was noted on the way. */
type End = { readonly at: number; readonly notes: Notes };
type Choice = { readonly step: number; readonly at: number; readonly notes: Notes; readonly cell: number };

/** Is there enough memory to search this text? */
export const canSearch = ({ memos, slots, atoms }: Program, text: string): boolean =>
  slots > 0 || memos * (text.length + 1) <= (atoms ? MOST_CELLS_WITH_ATOMS : MOST_CELLS);

/**
 * Is the pattern found anywhere in the text? For what RE2 does not know: look-around, atoms, `\b` on text beyond ASCII.
 *
 * Backtracking, but never twice from the same step at the same place: whether a match can be reached from there, and
 * for an atom where it ends, does not depend on the way that led there. So time is at most steps × text, and `(a+)+$`
 * is harmless; within atoms and look-around, which may be begun at every place, it is that once more per level.
 * Back-references and conditions break the rule (the way decides what they refer to): they are tried without memory,
 * and `tick`, called every few thousand steps, ends what takes too long.
 */
export const search = (program: Program, text: string, tick: (steps: number) => void): boolean => {
  const { steps, memos, slots, atoms } = program;
  const points = Array.from(text, (character) => character.codePointAt(0)!);
  const length = points.length;
  const remembers = slots === 0;
  const cellCount = remembers ? memos * (length + 1) : 0;
  const cells = new Uint8Array(cellCount);
  /** By cell: where an atom that leads to a match ends. */
  const ends = new Int32Array(atoms ? cellCount : 0);
  let count = 0;

  /** Where the text that a group matched ends if it is repeated at a place; -1 if it is not. */
  const repeated = (from: number | undefined, to: number | undefined, at: number, ignoreCase: boolean): number => {
    if (from === undefined || to === undefined || to < from) return -1;
    for (let i = from; i < to; i++) {
      const [a, b] = [points[i]!, points[at + i - from] ?? -1];
      if (a !== b && !(ignoreCase && b >= 0 && fold(a) === fold(b))) return -1;
    }
    return at + to - from;
  };

  /**
   * Is there a way from a step and a place to `found`? Returns its end, or null; `atomic` if the end itself matters.
   */
  const run = (firstStep: number, firstAt: number, firstNotes: Notes, atomic: boolean): End | null => {
    const choices: Choice[] = [];
    const tried: number[] = [];
    let step = firstStep;
    let at = firstAt;
    let notes = firstNotes;

    const succeed = (): End => {
      for (const cell of tried) cells[cell] = UNKNOWN;
      for (const { cell } of choices) {
        if (cell < 0) continue;
        cells[cell] = LEADS;
        if (atomic) ends[cell] = at;
      }
      return { at, notes };
    };
    /** Takes the other way at the last fork that has one left; false if there is none. */
    const retreat = (): boolean => {
      for (;;) {
        const choice = choices.pop();
        if (!choice) return false;
        const fork = steps[choice.step]!;
        if (fork.op !== 'fork') continue;
        ({ at, notes } = choice);
        step = fork.other;
        // The choices left on the stack led here: the fork stays there, with a step that has no other way, to be marked
        // on success.
        choices.push({ ...choice, step: steps.length - 1 });
        return true;
      }
    };

    for (;;) {
      if (++count >= STRIDE) {
        tick(count);
        count = 0;
      }
      const now = steps[step]!;
      let goesOn = true;
      switch (now.op) {
        case 'set':
          goesOn = at < length && now.has(points[at]!);
          step++;
          at++;
          break;
        case 'fork': {
          const cell = remembers ? now.memo * (length + 1) + at : -1;
          if (cell >= 0 && cells[cell] === LEADS) {
            if (atomic) at = ends[cell]!;
            return succeed();
          }
          goesOn = cell < 0 || cells[cell] === UNKNOWN;
          if (!goesOn) break;
          if (cell >= 0) {
            cells[cell] = FAILS;
            tried.push(cell);
          }
          choices.push({ step, at, notes, cell });
          step++;
          break;
        }
        case 'jump':
          step = now.to;
          break;
        case 'edge':
          goesOn = holdsAt(now.edge, points, at);
          step++;
          break;
        case 'look': {
          const seen = at >= now.back ? run(step + 1, at - now.back, notes, false) : null;
          goesOn = (seen !== null) !== now.negate;
          if (seen && !now.negate) ({ notes } = seen);
          step = now.after;
          break;
        }
        case 'atom': {
          const end = run(step + 1, at, notes, true);
          goesOn = end !== null;
          if (end) ({ at, notes } = end);
          step = now.after;
          break;
        }
        case 'taken':
          // A group that was begun again has no end yet after its beginning.
          step = (notes[now.to] ?? -1) >= (notes[now.from] ?? 0) ? step + 1 : now.other;
          break;
        case 'note':
          notes = notes.with(now.slot, at);
          step++;
          break;
        case 'advanced':
          goesOn = notes[now.slot] !== at;
          step++;
          break;
        case 'again': {
          const end = repeated(notes[now.from], notes[now.to], at, now.ignoreCase);
          goesOn = end >= 0;
          at = end;
          step++;
          break;
        }
        case 'found':
          return succeed();
      }
      if (!goesOn && !retreat()) return null;
    }
  };

  const none: Notes = new Array<number | undefined>(slots).fill(undefined);
  const first = steps[0]!;
  const lastStart = first.op === 'edge' && first.edge === 'start' ? 0 : length;
  for (let start = 0; start <= lastStart; start++) {
    if (first.op === 'set' && !(start < length && first.has(points[start]!))) continue;
    if (run(0, start, none, false) !== null) return true;
  }
  return false;
};

/** Python ignores case character by character, so "ß" and "SS" differ. */
const fold = (point: number): string => {
  const character = String.fromCodePoint(point);
  const lower = character.toUpperCase().toLowerCase();
  return [...lower].length === 1 ? lower : character.toLowerCase();
};
