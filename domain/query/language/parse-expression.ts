import type { Place } from '../query-error.ts';
import type { Expression, Operation, Operator } from './ast.ts';
import type { TokenCursor } from './token-cursor.ts';

const RESERVED = new Set(['if', 'elif', 'else', 'return', 'true', 'false', 'True', 'False']);
const OPERATORS = new Set(['+', '-', '*', '/', '%', '==']);

/** Parses expressions of one program. An assignment's name is read as a `primary`, before it is known to be a name. */
export type ExpressionParser = {
  expression(): Expression;
  primary(): Expression;
  /** The rest of an expression after its first primary. */
  continued(first: Expression): Expression;
};

export const makeExpressionParser = (cursor: TokenCursor, mostTerms: number): ExpressionParser => {
  const { token, advance, accept, isMark, nested, fail, expected } = cursor;
  let terms = 0;

  /** The items between two brackets; the opening one was already taken. */
  const listOf = <T>(item: () => T, itemName: string, close: string): T[] => {
    const items: T[] = [];
    if (accept(close)) return items;
    for (;;) {
      if (isMark(close)) expected(itemName);
      items.push(item());
      if (accept(close)) return items;
      if (!accept(',')) expected(`"," or "${close}"`);
    }
  };

  const entry = () => {
    const key = token();
    if (key.kind !== 'string') return expected('a string as key');
    advance();
    if (!accept(':')) expected('":"');
    return { key: key.value, value: expression() };
  };

  const primary = (): Expression => {
    const { place } = token();
    if (++terms > mostTerms) fail(`more than ${mostTerms} names, values and calls`, place);
    const minus = accept('-');
    const first = token();
    if (minus && first.kind !== 'number') return expected('a number behind "-"');
    if (first.kind === 'number' || first.kind === 'string') {
      advance();
      return { kind: 'literal', value: minus ? -Number(first.value) : first.value, place };
    }
    if (first.kind === 'name') return named(first.name, place);
    if (accept('[')) return { kind: 'list', items: nested(place, () => listOf(expression, 'a value', ']')), place };
    if (accept('{'))
      return { kind: 'dict', entries: nested(place, () => listOf(entry, 'a string as key', '}')), place };
    if (accept('(')) {
      const inner = nested(place, expression);
      return accept(')') ? inner : expected('an operator or ")"');
    }
    return expected('a value');
  };

  const named = (name: string, place: Place): Expression => {
    if (/^(true|false)$/i.test(name) && RESERVED.has(name)) {
      advance();
      return { kind: 'literal', value: name.toLowerCase() === 'true', place };
    }
    if (RESERVED.has(name)) return fail(`expected a value, found the reserved word ${name}`, place);
    advance();
    if (!accept('(')) return { kind: 'name', name, place };
    return { kind: 'call', name, args: nested(place, () => listOf(expression, 'a value', ')')), place };
  };

  const continued = (first: Expression): Expression => {
    const rest: Operation[] = [];
    for (;;) {
      const operator = token();
      if (operator.kind !== 'punctuation' || !OPERATORS.has(operator.text)) break;
      advance();
      rest.push({ operator: operator.text as Operator, operand: primary(), place: operator.place });
    }
    return rest.length === 0 ? first : { kind: 'chain', first, rest, place: rest[0]!.place };
  };

  const expression = (): Expression => continued(primary());
  return { expression, primary, continued };
};
