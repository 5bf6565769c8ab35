/**
 * Every field of every object that a query reaches, by every credential: however deep it lies, it is refused or let in
 * as it and all above it declare (spec/sign-in 7), and an administrator's key reads nothing of another's by any of
 * them.
 */
import {
  getNamedType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
  type GraphQLField,
  type GraphQLObjectType,
} from 'graphql';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Need } from '../../server/auth/scope.ts';
import { needOf } from '../../server/graphql/needs.ts';
import { makeSchema } from '../../server/graphql/schema.ts';
import { operationsOn, type Names } from '../support/graphql-operations.ts';
import { openTestServer, type TestServer } from '../support/test-server.ts';
import { contentsOf, CREDENTIALS, openTarget, SECRET, type Credential, type Target } from './credentials.ts';
import { askText, graphqlOutcome, outcomeOf, type Outcome } from './outcomes.ts';

const nested = suite<{ server: TestServer; target: Target }>('fields within fields');
nested.before(async (scene) => {
  scene.server = await openTestServer();
  scene.target = await openTarget(scene.server);
});

type Field = GraphQLField<unknown, unknown>;

/** What fields take that can't do without. */
const ARGUMENTS: Readonly<Record<string, string>> = {
  event: '(id: "1")',
  sources: '(day: "2024-05-31")',
  instants: '(day: "2024-05-31")',
};
const called = (field: Field): string => {
  const given = field.args.length > 0 ? ARGUMENTS[field.name] : undefined;
  assert.ok(given || !field.args.some(isRequiredArgument), `${field.name}: add to ARGUMENTS what it takes`);
  return `${field.name}${given ?? ''}`;
};

/** An object's type, what all on the way to it need, and a query for some of it. */
type Reached = {
  readonly type: GraphQLObjectType;
  readonly needs: readonly Need[];
  query(names: Names, selection: string): string;
};

const ofType = ({ type }: Field): GraphQLObjectType | null => {
  const named = getNamedType(type);
  return isObjectType(named) ? named : null;
};

/** Every type of objects that a query reaches, each by the shortest way; from `viewer` on where there are several. */
const reached = (): Reached[] => {
  const roots = Object.values(makeSchema().getQueryType()!.getFields());
  const found = new Map<string, Reached>();
  const waiting: Reached[] = [];
  const add = (field: Field, needs: readonly Need[], query: Reached['query']): void => {
    const type = ofType(field);
    if (!type || found.has(type.name)) return;
    const one = { type, needs: [...needs, needOf(field)!], query };
    found.set(type.name, one);
    waiting.push(one);
  };
  for (const root of roots.toSorted((a, b) => Number(b.name === 'viewer') - Number(a.name === 'viewer')))
    add(root, [], (names, selection) => {
      // As it is asked for everywhere, with another selection.
      const asked = operationsOn(names)[root.name]!;
      return asked.replace(/\{[^{}]*\}\s*\}$/, () => `{ ${selection} } }`);
    });
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const { type, needs, query } = next;
    for (const field of Object.values(type.getFields()))
      add(field, needs, (names, selection) => query(names, `${called(field)} { ${selection} }`));
  }
  return [...found.values()];
};

const selected = (field: Field): string =>
  isLeafType(getNamedType(field.type)) ? called(field) : `${called(field)} { __typename }`;

/** What a field within an object comes to: as the strictest of what is on the way to it. */
const within = ({ needs }: Reached, field: Field, credential: Credential): Outcome =>
  [...needs, needOf(field)!].map((need) => outcomeOf(need, credential)).find((outcome) => outcome !== 'in') ?? 'in';

/** All that is stored, but what is known of days, which is computed when somebody asks. */
const stored = async (server: TestServer): Promise<Record<string, string>> => {
  const { day_facts: _facts, fact_marks: _marks, ...rest } = await contentsOf(server);
  return rest;
};

nested('are what they and all above them declare, by every credential', async ({ server, target }) => {
  const types = reached();
  const before = await stored(server);
  const wrong: string[] = [];
  let fields = 0;
  let tried = 0;
  for (const one of types) {
    const all = Object.values(one.type.getFields());
    fields += all.length;
    for (const credential of CREDENTIALS) {
      const open = all.filter((field) => within(one, field, credential) === 'in');
      // What is refused is asked for alone; what is let in, at once, and of what is there.
      const trials: [what: readonly Field[], expected: Outcome][] = [
        ...all
          .filter((field) => !open.includes(field))
          .map((field): [Field[], Outcome] => [[field], within(one, field, credential)]),
        ...(open.length > 0 ? [[open, 'in'] satisfies [Field[], Outcome]] : []),
      ];
      for (const [what, expected] of trials) {
        const query = one.query(target.names, what.map(selected).join(' '));
        const reply = await askText(target, target.headers(credential), query);
        const outcome = graphqlOutcome(reply);
        const isStranger = expected !== 'in' || credential === 'admin';
        const told = reply.text.includes(SECRET) && isStranger ? ', and told what is nobody else’s' : '';
        if (outcome !== expected || told !== '' || /TOO_LARGE|GRAPHQL_(PARSE|VALIDATION)/.test(reply.text))
          wrong.push(
            `${query} by ${credential}: ${outcome} instead of ${expected}${told}: ${reply.text.slice(0, 200)}`,
          );
        tried += what.length;
      }
    }
  }
  assert.equal(wrong.slice(0, 10), []);
  assert.is(tried, fields * CREDENTIALS.length);
  assert.ok(types.length > 30 && fields > 200, `${types.length} types with ${fields} fields`);
  assert.equal(await stored(server), before, 'a question has changed something');
});

nested.run();
