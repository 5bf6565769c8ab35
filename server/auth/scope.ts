/**
 * What a key allows: `full` everything in its account, `metrics` only /metrics. The others are not accepted yet: it is
 * not defined what they may do.
 */
const SCOPES = ['full', 'read', 'push', 'metrics'] as const;
export type Scope = (typeof SCOPES)[number];

/** A stored scope; null for one that this server does not know. */
export const scopeOf = (text: string): Scope | null => SCOPES.find((scope) => scope === text) ?? null;
