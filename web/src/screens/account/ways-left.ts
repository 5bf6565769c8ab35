/** What signs a person in once one of the ways is gone. Pure. */
import type { Ways } from '../../data/ways.ts';
import type { AccountAccessQuery } from './generated.ts';

type Access = Pick<AccountAccessQuery['viewer'], 'apiKeys' | 'passkeys' | 'identities'>;

/**
 * Without the passkey or the identity of this id: `person`, another of these that works here, or a proxy’s word;
 * `key`, an API key, if the person has it at hand; `link`, nothing but a link that the operator makes. `now` is in ms.
 */
export const waysLeft = (
  { apiKeys, passkeys, identities }: Access,
  { key, passkey, oidc, proxy }: Ways,
  without: string,
  now: number,
): 'person' | 'key' | 'link' => {
  const host = passkey === null ? null : new URL(passkey.origin).hostname;
  const others = [
    ...passkeys.filter(({ hostname }) => hostname === host),
    ...identities.filter(({ issuer }) => issuer === oidc?.issuer),
  ];
  if (proxy !== null || others.some(({ id }) => id !== without)) return 'person';
  const signsIn = ({ scope, device, expiresAt, revokedAt }: Access['apiKeys'][number]): boolean =>
    (scope === 'FULL' || scope === 'READ') &&
    device === null &&
    revokedAt === null &&
    (expiresAt === null || Date.parse(expiresAt) > now);
  return key && apiKeys.some(signsIn) ? 'key' : 'link';
};
