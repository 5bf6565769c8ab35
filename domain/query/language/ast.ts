import type { Place } from '../query-error.ts';

/** All have the same precedence and associate to the left (spec/query 2.3). */
export type Operator = '+' | '-' | '*' | '/' | '%' | '==';

export type Expression = { readonly place: Place } & (
  | { readonly kind: 'literal'; readonly value: number | string | boolean }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'dict'; readonly entries: readonly { readonly key: string; readonly value: Expression }[] }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  /**
   * `first op operand op operand …`, as a flat list: a tree of a million terms would be a million levels deep. `place`
   * is the first operator's.
   */
  | { readonly kind: 'chain'; readonly first: Expression; readonly rest: readonly Operation[] }
);

export type Operation = { readonly operator: Operator; readonly operand: Expression; readonly place: Place };

export type Statement = {
  readonly place: Place;
} /** `return value` is `RETURN = value`, and `return x = value` assigns to both. */ & (
  | { readonly kind: 'assign'; readonly names: readonly string[]; readonly value: Expression }
  | { readonly kind: 'evaluate'; readonly value: Expression }
  /** `if`, any number of `elif`, and `else` as `otherwise`. */
  | { readonly kind: 'if'; readonly branches: readonly Branch[]; readonly otherwise: readonly Statement[] }
);

export type Branch = { readonly condition: Expression; readonly block: readonly Statement[] };

/** `end` is where the text ends, for errors about something missing there. */
export type Program = { readonly statements: readonly Statement[]; readonly end: Place };
