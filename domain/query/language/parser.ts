import type { Branch, Expression, Operation, Operator, Program, Statement } from './ast.ts';
import { describeToken, makeLexer, type Token } from './lexer.ts';
import type { QueryLimits } from '../limits.ts';
import { QueryError, type Place } from '../query-error.ts';

const RESERVED = new Set(['if', 'elif', 'else', 'return', 'true', 'false', 'True', 'False']);
const OPERATORS = new Set(['+', '-', '*', '/', '%', '==']);

/**
 * Parses a whole program (the grammar of spec/query 2.3). Fails with a QueryParseException that says what was expected,
 * and where.
 */
export const parseProgram = (text: string, limits: QueryLimits): Program => {
  const next = makeLexer(text);
  let token = next();
  let depth = 0;
  let statements = 0;
  let terms = 0;

  const fail = (message: string, place: Place): never => {
    throw new QueryError('QueryParseException', message, place);
  };
  const expected = (what: string): never => fail(`expected ${what}, found ${describeToken(token)}`, token.place);
  const advance = (): Token => {
    const taken = token;
    token = next();
    return taken;
  };
  const isMark = (mark: string) => token.kind === 'punctuation' && token.text === mark;
  const isWord = (word: string) => token.kind === 'name' && token.name === word;
  const accept = (mark: string): boolean => {
    const found = isMark(mark);
    if (found) advance();
    return found;
  };
  const nested = <T>(place: Place, work: () => T): T => {
    if (++depth > limits.depth) fail(`nested deeper than ${limits.depth} levels`, place);
    const result = work();
    depth--;
    return result;
  };

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
    if (token.kind !== 'string') return expected('a string as key');
    const key = token.value;
    advance();
    if (!accept(':')) expected('":"');
    return { key, value: expression() };
  };

  const primary = (): Expression => {
    const { place } = token;
    if (++terms > limits.terms) fail(`more than ${limits.terms} names, values and calls`, place);
    const minus = accept('-');
    if (minus && token.kind !== 'number') return expected('a number behind "-"');
    if (token.kind === 'number' || token.kind === 'string') {
      const { value } = token;
      advance();
      return { kind: 'literal', value: minus ? -Number(value) : value, place };
    }
    if (token.kind === 'name') return named(token.name, place);
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

  const expression = (): Expression => continued(primary());

  const continued = (first: Expression): Expression => {
    const rest: Operation[] = [];
    while (token.kind === 'punctuation' && OPERATORS.has(token.text)) {
      const { place, text: operator } = token;
      advance();
      rest.push({ operator: operator as Operator, operand: primary(), place });
    }
    return rest.length === 0 ? first : { kind: 'chain', first, rest, place: rest[0]!.place };
  };

  const simple = (): Statement => {
    const { place } = token;
    const returns = isWord('return');
    if (returns) advance();
    const names = returns ? ['RETURN'] : [];
    const first = primary();
    if (isMark('=')) {
      if (first.kind !== 'name')
        return fail(`expected a name before "=", found ${describeExpression(first)}`, first.place);
      advance();
      return { kind: 'assign', names: [first.name, ...names], value: expression(), place };
    }
    const value = continued(first);
    return returns ? { kind: 'assign', names, value, place } : { kind: 'evaluate', value, place };
  };

  const block = (): Statement[] => {
    const { place } = token;
    if (!accept('{')) expected('"{"');
    const body = nested(place, statementList);
    return accept('}') ? body : expected('a statement or "}"');
  };

  const conditional = (): Statement => {
    const { place } = token;
    const branches: Branch[] = [];
    do {
      advance();
      branches.push({ condition: expression(), block: block() });
    } while (isWord('elif'));
    let otherwise: Statement[] = [];
    if (isWord('else')) {
      advance();
      otherwise = block();
    }
    return { kind: 'if', branches, otherwise, place };
  };

  const statementList = (): Statement[] => {
    const list: Statement[] = [];
    for (;;) {
      if (accept(';')) continue;
      if (token.kind === 'end' || isMark('}')) return list;
      if (++statements > limits.statements) fail(`more than ${limits.statements} statements`, token.place);
      if (isWord('if')) {
        list.push(conditional());
      } else {
        list.push(simple());
        if (!accept(';') && !isMark('}') && !isEnd(token)) expected('an operator or ";"');
      }
    }
  };

  const program = statementList();
  if (!isEnd(token)) expected('a statement');
  return { statements: program, end: token.place };
};

/** A function, because TypeScript would assume that `token` has not changed since the last call. */
const isEnd = (token: Token): boolean => token.kind === 'end';

const describeExpression = (expression: Expression): string =>
  expression.kind === 'literal' ? `the value ${JSON.stringify(expression.value)}` : `a ${expression.kind}`;
