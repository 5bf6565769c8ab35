/** What a key allows. Only `full` is accepted so far: what the others may do is for nobody here to say. */
const SCOPES = ['full', 'read', 'push'] as const;
export type Scope = (typeof SCOPES)[number];

/** A stored scope; null for one that this server does not know. */
export const scopeOf = (text: string): Scope | null => SCOPES.find((scope) => scope === text) ?? null;
