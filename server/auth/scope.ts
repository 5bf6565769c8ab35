/**
 * What a key allows: `full` everything in its account, `metrics` only /metrics. The others are not accepted yet: it is
 * not defined what they may do.
 */
const SCOPES = ['full', 'read', 'push', 'metrics'] as const;
export type Scope = (typeof SCOPES)[number];

/** A stored scope; null for one that this server does not know. */
export const scopeOf = (text: string): Scope | null => SCOPES.find((scope) => scope === text) ?? null;

/** Why a key of this scope is refused. */
export const notFor = (scope: string, wanted: Scope): string => {
  const is = `the API key is of scope ${JSON.stringify(scope)}`;
  if (wanted === 'metrics')
    return (
      `${is}, and /metrics covers all accounts: ` +
      'make a key for it with "kt-server generate-key --scope metrics --email YOU"'
    );
  const another = 'make another with "kt-server generate-key --email YOU"';
  if (scopeOf(scope) === 'metrics') return `${is}, which reads /metrics and nothing else: ${another}`;
  return `${is}, which this server does not know: ${another}`;
};
