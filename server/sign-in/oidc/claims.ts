/** What a provider's claims say of a person. Pure. */
import { isJsonObject } from '../../../domain/data.ts';

export type Claims = Readonly<Record<string, unknown>>;

/**
 * A claim by its name; by a path of names where no claim is called so: Keycloak has roles in `realm_access.roles`.
 * Undefined for none.
 */
export const claimNamed = (claims: Claims, name: string): unknown => {
  if (Object.hasOwn(claims, name)) return claims[name];
  let at: unknown = claims;
  for (const part of name.split('.')) {
    if (!isJsonObject(at) || !Object.hasOwn(at, part)) return undefined;
    at = at[part];
  }
  return at;
};

/** Whether a claim is one of these values, or a list with one. Numbers and booleans count as they are written. */
export const hasOneOf = (value: unknown, wanted: readonly string[]): boolean =>
  (Array.isArray(value) ? value : [value]).some(
    (each) => ['string', 'number', 'boolean'].includes(typeof each) && wanted.includes(String(each)),
  );

/** A claim that is a text of at most so many characters; null for any other. */
export const textOf = (value: unknown, most: number): string | null =>
  typeof value === 'string' && value !== '' && value.length <= most ? value : null;
