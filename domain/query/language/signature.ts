import type { Span } from '../transform/span.ts';
import type { Meter } from '../limits.ts';
import { atPlace, QueryError, type Place } from '../query-error.ts';
import type { Reader } from './reader.ts';
import type { PatternCache } from '../regex/pattern-cache.ts';
import { isEvent, isList, kindOf, type Value } from './value.ts';
import type { Variables } from './variables.ts';
import type { Call, WarningList } from '../warnings.ts';

/** What a parameter may be, and its TypeScript type. */
type Kinds = {
  events: readonly Span[];
  string: string;
  integer: number;
  /** With its fraction. */
  number: number;
  list: readonly Value[];
  strings: readonly string[];
  any: Value;
};
type Kind = keyof Kinds;
/** A parameter's kind; with `?` it is optional, with `…` it takes any number of arguments. */
type Parameter = Kind | `${Kind}?` | `${Kind}…`;
type Argument<P extends Parameter> = P extends `${infer K extends Kind}?`
  ? Kinds[K] | undefined
  : P extends `${infer K extends Kind}…`
    ? readonly Kinds[K][]
    : P extends Kind
      ? Kinds[P]
      : never;

/** What a function may use of the request it runs in. */
export type Context = {
  readonly reader: Reader;
  readonly variables: Variables;
  readonly patterns: PatternCache;
  readonly meter: Meter;
  readonly warnings: WarningList;
};

/** A function of the language, its parameters by name and in order. */
export type QueryFunction = {
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly run: (args: Readonly<Record<string, unknown>>, context: Context, at: Call) => Value | Promise<Value>;
};

/** Declares a function; `run` gets its arguments by name, already checked against `parameters`. */
export const define = <const P extends Record<string, Parameter>>(
  parameters: P,
  run: (args: { readonly [N in keyof P]: Argument<P[N]> }, context: Context, at: Call) => Value | Promise<Value>,
): QueryFunction => ({ parameters, run: run as QueryFunction['run'] });

const kindNames: Record<Kind, string> = {
  events: 'a list of events',
  string: 'a string',
  integer: 'a number',
  number: 'a number',
  list: 'a list',
  strings: 'a list of strings',
  any: 'a value',
};

/** Why a value is not of a kind, or null if it is. */
const mismatch = (value: Value, kind: Kind): string | null => {
  if (kind === 'any') return null;
  if (kind === 'string') return typeof value === 'string' ? null : kindOf(value);
  if (kind === 'integer' || kind === 'number') return typeof value === 'number' ? null : kindOf(value);
  if (!isList(value)) return kindOf(value);
  const odd =
    kind === 'list' ? -1 : value.findIndex((item) => (kind === 'events' ? !isEvent(item) : typeof item !== 'string'));
  return odd < 0 ? null : `a list whose item ${odd + 1} is ${kindOf(value[odd]!)}`;
};

/** `flood(events)`, for messages. */
const prototype = (name: string, { parameters }: QueryFunction): string => {
  const list = Object.entries(parameters).map(([each, kind]) =>
    kind.endsWith('?') ? `[${each}]` : kind.endsWith('…') ? `${each}…` : each,
  );
  return `${name}(${list.join(', ')})`;
};

/** Fails with a QueryInterpretException if a function does not take that many arguments. */
export const checkCount = (name: string, definition: QueryFunction, count: number, place: Place): void => {
  const kinds = Object.values(definition.parameters);
  const least = kinds.filter((kind) => !/[?…]$/.test(kind)).length;
  const most = kinds.some((kind) => kind.endsWith('…')) ? Infinity : kinds.length;
  if (count >= least && count <= most) return;
  const takes = least === most ? `${least}` : most === Infinity ? `at least ${least}` : `${least} to ${most}`;
  const text = `${prototype(name, definition)} takes ${takes} argument${takes === '1' ? '' : 's'}, not ${count}`;
  throw new QueryError('QueryInterpretException', text, place);
};

/** Calls a function. Wrong arguments and failures within are reported with the function's name and at `place`. */
export const call = (
  name: string,
  definition: QueryFunction,
  values: readonly Value[],
  context: Context,
  place: Place,
): Promise<Value> =>
  atPlace(place, async () => {
    const items = values.reduce<number>((sum, value) => sum + (isList(value) ? value.length : 1), 0);
    if (items > context.meter.limits.items) {
      throw new QueryError(
        'QueryInterpretException',
        `${name} is given more than ${context.meter.limits.items} items at once`,
      );
    }
    context.meter.spend(items);
    const args: Record<string, unknown> = {};
    let at = 0;
    for (const [parameter, declared] of Object.entries(definition.parameters)) {
      const kind = declared.replace(/[?…]$/, '') as Kind;
      const take = () => {
        const value = values[at++]!;
        const wrong = mismatch(value, kind);
        if (wrong) {
          const text = `${prototype(name, definition)}: ${parameter} must be ${kindNames[kind]}, not ${wrong}`;
          throw new QueryError('QueryFunctionException', text);
        }
        return kind === 'integer' ? Math.trunc(value as number) : value;
      };
      if (declared.endsWith('…')) args[parameter] = values.slice(at).map(take);
      else if (at < values.length) args[parameter] = take();
    }
    const result = await definition.run(args, context, { name, place });
    context.meter.spend(isList(result) ? result.length : 1);
    return result;
  });
