/** What a key allows. Only `full` is accepted so far: it is not defined yet what the other scopes may do. */
const SCOPES = ['full', 'read', 'push'] as const;
export type Scope = (typeof SCOPES)[number];

/** A stored scope; null for one that this server does not know. */
export const scopeOf = (text: string): Scope | null => SCOPES.find((scope) => scope === text) ?? null;
