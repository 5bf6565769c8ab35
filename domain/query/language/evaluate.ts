import type { Expression, Program, Statement } from './ast.ts';
import { FUNCTIONS } from './functions.ts';
import { operate } from './operators.ts';
import { atPlace, QueryError, short } from '../query-error.ts';
import { call, checkCount, type Context } from './signature.ts';
import { kindOf, makeWeighed, weightOfAll, type Value } from './value.ts';

/**
 * Runs a program for one period and returns the value of RETURN at the end; an earlier `return` does not stop it
 * (spec/query 2.3). Fails with a QueryError, or with what the dataset throws.
 */
export const evaluate = async (program: Program, context: Context): Promise<Value> => {
  await runBlock(program.statements, context);
  const result = context.variables.get('RETURN');
  if (result !== undefined) return result;
  throw new QueryError(
    'QueryParseException',
    'nothing was assigned to RETURN: expected a statement like RETURN = events;',
    program.end,
  );
};

const runBlock = async (statements: readonly Statement[], context: Context): Promise<void> => {
  for (const statement of statements) await runStatement(statement, context);
};

const runStatement = async (statement: Statement, context: Context): Promise<void> => {
  await atPlace(statement.place, () => context.meter.check());
  if (statement.kind === 'evaluate') {
    await valueOf(statement.value, context);
  } else if (statement.kind === 'assign') {
    const value = await valueOf(statement.value, context);
    for (const name of statement.names) context.variables.set(name, value);
  } else {
    for (const { condition, block } of statement.branches) {
      const holds = await valueOf(condition, context);
      if (typeof holds !== 'boolean') {
        throw new QueryError(
          'QueryInterpretException',
          `the condition of "if" must be true or false, not ${kindOf(holds)}`,
          condition.place,
        );
      }
      if (holds) return runBlock(block, context);
    }
    await runBlock(statement.otherwise, context);
  }
};

/**
 * Literals are returned without a promise: a list of a thousand rules is mostly literals, and each `await` costs a
 * tick.
 */
const valueOf = (expression: Expression, context: Context): Value | Promise<Value> =>
  expression.kind === 'literal' ? expression.value : compute(expression, context);

const compute = async (expression: Exclude<Expression, { kind: 'literal' }>, context: Context): Promise<Value> => {
  const { place } = expression;
  const { meter } = context;
  if (expression.kind === 'name') {
    const value = context.variables.get(expression.name);
    if (value !== undefined) return value;
    const hint = FUNCTIONS.has(expression.name) ? '; there is a function of this name: expected "(" behind it' : '';
    throw new QueryError(
      'QueryInterpretException',
      `the variable ${short(expression.name)} was never assigned${hint}`,
      place,
    );
  }
  if (expression.kind === 'chain') {
    let value = await valueOf(expression.first, context);
    for (const { operator, operand, place: operatorPlace } of expression.rest) {
      const right = await valueOf(operand, context);
      const left = value;
      value = await atPlace(operatorPlace, () => operate(operator, left, right, meter));
      meter.spend(1);
    }
    return value;
  }
  if (expression.kind === 'call') {
    const { name, args } = expression;
    const definition = FUNCTIONS.get(name);
    if (!definition) throw new QueryError('QueryInterpretException', `there is no function ${short(name)}`, place);
    checkCount(name, definition, args.length, place);
    return call(name, definition, await valuesOf(args, context), context, place);
  }
  if (expression.kind === 'list') {
    const items = await valuesOf(expression.items, context);
    return atPlace(place, () => {
      meter.spend(items.length + 1);
      return makeWeighed(weightOfAll(items), meter.limits, () => items);
    });
  }
  const values = await valuesOf(
    expression.entries.map((entry) => entry.value),
    context,
  );
  return atPlace(place, () => {
    meter.spend(values.length + 1);
    const dict = new Map(expression.entries.map(({ key }, i) => [key, values[i]!]));
    return makeWeighed(weightOfAll(dict.values()), meter.limits, () => dict);
  });
};

const valuesOf = async (expressions: readonly Expression[], context: Context): Promise<Value[]> => {
  const values: Value[] = [];
  for (const expression of expressions) values.push(await valueOf(expression, context));
  return values;
};
