import type { QueryLimits } from '../limits.ts';
import type { Branch, Expression, Program, Statement } from './ast.ts';
import { makeExpressionParser } from './parse-expression.ts';
import { makeTokenCursor } from './token-cursor.ts';

/**
 * Parses a whole program (the grammar of spec/query 2.3). Fails with a QueryParseException that says what was expected,
 * and where.
 */
export const parseProgram = (text: string, limits: QueryLimits): Program => {
  const cursor = makeTokenCursor(text, limits.depth);
  const { token, advance, accept, isMark, isWord, nested, fail, expected } = cursor;
  const { expression, primary, continued } = makeExpressionParser(cursor, limits.terms);
  const isEnd = () => token().kind === 'end';
  let statements = 0;

  const simple = (): Statement => {
    const { place } = token();
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
    const { place } = token();
    if (!accept('{')) expected('"{"');
    const body = nested(place, statementList);
    return accept('}') ? body : expected('a statement or "}"');
  };

  const conditional = (): Statement => {
    const { place } = token();
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
      if (isEnd() || isMark('}')) return list;
      if (++statements > limits.statements) fail(`more than ${limits.statements} statements`, token().place);
      if (isWord('if')) {
        list.push(conditional());
      } else {
        list.push(simple());
        if (!accept(';') && !isMark('}') && !isEnd()) expected('an operator or ";"');
      }
    }
  };

  const program = statementList();
  if (!isEnd()) expected('a statement');
  return { statements: program, end: token().place };
};

const describeExpression = (expression: Expression): string =>
  expression.kind === 'literal' ? `the value ${JSON.stringify(expression.value)}` : `a ${expression.kind}`;
