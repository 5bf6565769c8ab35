/** How people sign in: whether passkeys can work, and whether the provider is there, and what it has to know. */
import { ok, problem, warn, type Finding } from '../../cli/finding.ts';
import { isLoopback } from '../../domain/loopback.ts';
import { isAddress, relyingParty } from '../auth/relying-party.ts';
import { oidcSettings } from '../sign-in/oidc/settings.ts';
import type { Facts } from './facts.ts';

export const judgeProvider = ({ provider, config }: Facts): Finding[] => {
  const about = 'OpenID Connect';
  const settings = oidcSettings(config);
  if (settings === null || provider === null) return [];
  const { issuer, redirectUri } = settings;
  const register = `its redirect URI for this server is ${redirectUri}`;
  if ('error' in provider)
    return [
      problem(
        about,
        `${issuer.href} can not be used: ${provider.error}`,
        `does it run, is KT_SERVER_OIDC_ISSUER its issuer, and can this computer reach it? Then ${register}`,
      ),
    ];
  const isPlain = issuer.protocol === 'http:' && !isLoopback(issuer.hostname);
  return isPlain
    ? [
        warn(
          about,
          `${issuer.href} is not https: whoever is on the way can sign in as anybody; ${register}`,
          'use https for the provider',
        ),
      ]
    : [ok(about, `${issuer.href} answers; ${register}`)];
};

/** The most hosts that are named. */
const MOST_NAMED = 3;

const hostsOf = (hosts: readonly { readonly host: string; readonly count: number }[]): string => {
  const named = hosts.slice(0, MOST_NAMED).map(({ host, count }) => `${host}: ${count}`);
  return [...named, ...(hosts.length > MOST_NAMED ? [`${hosts.length - MOST_NAMED} more`] : [])].join(', ');
};

/** Where passkeys can be used, and those that were made for another name of this server and can't be. */
export const judgePasskeys = ({ config, database }: Facts): Finding[] => {
  const about = 'passkeys';
  const { publicUrl, port, localLogin, auth } = config;
  if (auth === 'none') return [];
  if (!localLogin) return [ok(about, 'they sign nobody in (KT_SERVER_LOCAL_LOGIN=no)')];
  const kept = (database && 'value' in database && database.value.facts?.passkeys) || [];
  const countOf = (hosts: typeof kept): number => hosts.reduce((sum, { count }) => sum + count, 0);
  const party = relyingParty(publicUrl, `http://localhost:${port}`);
  if (party === null) {
    const why = isAddress(new URL(publicUrl).hostname) ? 'for a host name, and no IP address' : 'over https alone';
    const lost = kept.length === 0 ? '' : `; the ${countOf(kept)} that are there (${hostsOf(kept)}) sign nobody in`;
    return [
      warn(
        about,
        `none can be made or used at ${publicUrl}: browsers take them ${why}${lost}`,
        'set KT_SERVER_PUBLIC_URL to an https address with a host name, or leave it: keys and links sign in here',
      ),
    ];
  }
  const elsewhere = kept.filter(({ host }) => host !== party.id);
  if (elsewhere.length > 0)
    return [
      warn(
        about,
        `${countOf(elsewhere)} of ${countOf(kept)} are for another name of this server (${hostsOf(elsewhere)}), and ` +
          `sign nobody in at ${party.origin}`,
        'have their owners add others there, and remove these, under Account: a passkey is for its name for ever; or ' +
          'give the server that name back (KT_SERVER_PUBLIC_URL)',
      ),
    ];
  const many = kept.length === 0 ? 'none yet; they' : `${countOf(kept)}, which`;
  return [ok(about, `${many} work at ${party.origin}, and nowhere else`)];
};
