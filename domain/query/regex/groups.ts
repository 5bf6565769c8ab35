import { short } from '../query-error.ts';
import type { Cursor } from './cursor.ts';
import type { Width } from './pattern.ts';

/** The groups of a pattern while it is read. `at` is the place for an error. */
export type Groups = {
  /** Begins a group, and returns its number. */
  open(name: string | null, at: number): number;
  close(index: number, width: Width): void;
  /** The number of a named group. */
  named(name: string, at: number): number;
  /** The width of a group that a reference repeats: the group must be complete. */
  refer(index: number, at: number): Width;
  /** Notes that a condition refers to a group, which may still follow. */
  ask(index: number, at: number): void;
  /** Reads a look-behind, which can't refer to its own groups. */
  behind<T>(work: () => T): T;
  /** At the end: fails if a condition refers to a group that does not exist. */
  check(): void;
};

const NAME = /^[\p{L}_][\p{L}\p{N}_]*$/u;

export const makeGroups = (cursor: Cursor): Groups => {
  const names = new Map<string, number>();
  const widths = new Map<number, Width>();
  const asked = new Map<number, number>();
  let count = 0;
  let ownOfBehind: number | null = null;

  const mustNotBeOwn = (index: number, at: number): void => {
    if (ownOfBehind === null || index <= ownOfBehind) return;
    cursor.fail(`a look-behind can't refer to its own group ${index}`, at);
  };
  return {
    open(name, at) {
      const index = ++count;
      if (name === null) return index;
      if (!NAME.test(name)) cursor.fail(`${JSON.stringify(short(name))} is no name for a group`, at);
      if (names.has(name)) cursor.fail(`there are two groups ${short(name)}`, at);
      names.set(name, index);
      return index;
    },
    close: (index, width) => void widths.set(index, width),
    named: (name, at) => names.get(name) ?? cursor.fail(`there is no group ${short(name)} before`, at),
    refer(index, at) {
      if (index < 1 || index > count) cursor.fail(`there is no group ${index} before`, at);
      mustNotBeOwn(index, at);
      return widths.get(index) ?? cursor.fail(`group ${index} is not complete yet`, at);
    },
    ask(index, at) {
      if (index < 1) cursor.fail('there is no group 0', at);
      mustNotBeOwn(index, at);
      if (!asked.has(index)) asked.set(index, at);
    },
    behind(work) {
      const outer = ownOfBehind;
      ownOfBehind ??= count;
      const result = work();
      ownOfBehind = outer;
      return result;
    },
    check() {
      for (const [index, at] of asked) if (index > count) cursor.fail(`there is no group ${index}`, at);
    },
  };
};
