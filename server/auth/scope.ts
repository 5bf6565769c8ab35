/** What keys allow, what fields and routes ask for, and whether the one is enough for the other. Pure. */
import { KtError } from '../../domain/errors.ts';

/**
 * What a key allows: `full` everything in its account, `read` every question and no change, `push` the sync of one
 * device, `metrics` only /metrics.
 */
export const SCOPES = ['full', 'read', 'push', 'metrics'] as const;
export type Scope = (typeof SCOPES)[number];

/** The scopes that reach an account. */
export const OF_ACCOUNTS = ['full', 'read', 'push'] as const satisfies readonly Scope[];

/**
 * What a field of GraphQL or a route of REST declares that it needs, and which scopes are enough. Whatever declares
 * nothing is for nobody.
 *
 * `nobody`: no key. `sync`: what a device's pass reads; `pass`: what it writes, for that device alone. `read`: any
 * other question. `full`: any other change, and what there is to know of keys, browsers and who was here. `admin`: what
 * is for who administers the server, which takes the mark besides (resolvers/people.ts).
 */
const ENOUGH = {
  nobody: SCOPES,
  sync: ['full', 'read', 'push'],
  pass: ['full', 'push'],
  read: ['full', 'read'],
  full: ['full'],
  admin: ['full'],
} as const satisfies Record<string, readonly Scope[]>;
export type Need = keyof typeof ENOUGH;

/** Whether a scope is enough for what declares this; null: it declares nothing. */
const isEnough = (scope: Scope, need: Need | null): boolean =>
  need !== null && (ENOUGH[need] as readonly Scope[]).includes(scope);

/** A stored scope; null for one that this server does not know. */
export const scopeOf = (text: string): Scope | null => SCOPES.find((scope) => scope === text) ?? null;

const MEANING: Record<Scope, string> = {
  full: 'may do everything in its account',
  read: 'reads, and changes nothing',
  push: 'syncs one device, and nothing else',
  metrics: 'reads /metrics and nothing else',
};

/** Fails with `forbidden` where a scope is not enough for `what`, which says what it needs. */
export const mustBeEnough = (scope: Scope, need: Need | null, what: string): void => {
  if (isEnough(scope, need)) return;
  const others = need === null ? [] : ENOUGH[need].filter((other) => other !== scope);
  throw new KtError(
    'forbidden',
    `${what} is not for a key of scope ${JSON.stringify(scope)}, which ${MEANING[scope]}: ` +
      (others.length === 0 ? 'it is for nobody' : `take one of scope ${others.join(' or ')}`),
    { scope },
  );
};

const ANOTHER = 'make another with "kt-server generate-key --email YOU"';

/** Why a key is refused wherever keys of these scopes alone are let in; null where it is not. */
export const whyNotIn = (text: string, accepted: readonly Scope[]): string | null => {
  const scope = scopeOf(text);
  if (scope !== null && accepted.includes(scope)) return null;
  const is = `the API key is of scope ${JSON.stringify(text)}`;
  if (scope === null) return `${is}, which this server does not know: ${ANOTHER}`;
  if (accepted.includes('metrics'))
    return (
      `${is}, and /metrics covers all accounts: ` +
      'make a key for it with "kt-server generate-key --scope metrics --email YOU"'
    );
  return `${is}, which ${MEANING[scope]}: ${ANOTHER}`;
};
