/** Whether the settings of signing in fit together. */
import { rangeOf } from './address-range.ts';
import { KtError } from './errors.ts';

/** The settings that decide how people sign in, as server/config.ts reads them. */
type Settings = {
  readonly auth: string;
  readonly publicUrl: string;
  readonly localLogin: boolean;
  readonly oidcIssuer: string;
  readonly oidcClientId: string;
  readonly oidcClientSecret: string;
  readonly oidcClientSecretFile: string;
  readonly oidcAuthMethod: string;
  readonly oidcSignup: string;
  readonly oidcClaim: string;
  readonly oidcClaimValues: readonly string[];
  readonly proxyAuthHeader: string;
  readonly proxyAuthFrom: readonly string[];
};

/** Headers that say other things. */
const TAKEN =
  /^(host|cookie|authorization|x-api-key|x-device-id|origin|sec-.*|x-forwarded-(for|host|proto|prefix)|content-.*)$/i;

const RULES: readonly (readonly [isWrong: (set: Settings) => boolean, why: string])[] = [
  [
    ({ oidcIssuer, oidcClientId, oidcClientSecret }) =>
      oidcIssuer === '' && `${oidcClientId}${oidcClientSecret}` !== '',
    'KT_SERVER_OIDC_CLIENT_ID needs KT_SERVER_OIDC_ISSUER: set the address of the provider',
  ],
  [
    ({ oidcIssuer, oidcClientId }) => oidcIssuer !== '' && oidcClientId === '',
    'KT_SERVER_OIDC_ISSUER needs KT_SERVER_OIDC_CLIENT_ID: set the id that the provider gave this server',
  ],
  [
    ({ oidcIssuer, publicUrl }) => oidcIssuer !== '' && publicUrl === '',
    'KT_SERVER_OIDC_ISSUER needs KT_SERVER_PUBLIC_URL: the provider sends browsers back there',
  ],
  [
    ({ oidcIssuer, auth }) => oidcIssuer !== '' && auth === 'none',
    'KT_SERVER_AUTH=none asks nobody to sign in: unset it, or KT_SERVER_OIDC_ISSUER',
  ],
  [
    ({ oidcClientSecret, oidcClientSecretFile }) => oidcClientSecret !== '' && oidcClientSecretFile !== '',
    'KT_SERVER_OIDC_CLIENT_SECRET and KT_SERVER_OIDC_CLIENT_SECRET_FILE are both set: unset one',
  ],
  [
    ({ oidcAuthMethod, oidcClientSecret, oidcClientSecretFile }) =>
      oidcAuthMethod.startsWith('client_secret') && `${oidcClientSecret}${oidcClientSecretFile}` === '',
    'KT_SERVER_OIDC_AUTH_METHOD names a way that needs KT_SERVER_OIDC_CLIENT_SECRET: set that, or none',
  ],
  [
    ({ oidcSignup, oidcClaim, oidcClaimValues }) =>
      oidcSignup === 'claim' && (oidcClaim === '' || oidcClaimValues.length === 0),
    'KT_SERVER_OIDC_SIGNUP=claim needs KT_SERVER_OIDC_CLAIM and KT_SERVER_OIDC_CLAIM_VALUES: set both',
  ],
  [
    ({ localLogin, oidcIssuer, proxyAuthHeader }) => !localLogin && `${oidcIssuer}${proxyAuthHeader}` === '',
    'KT_SERVER_LOCAL_LOGIN=no needs another way to sign in: set KT_SERVER_OIDC_ISSUER',
  ],
  [
    ({ proxyAuthHeader }) =>
      proxyAuthHeader !== '' && (!/^[\w-]{1,64}$/.test(proxyAuthHeader) || TAKEN.test(proxyAuthHeader)),
    'KT_SERVER_PROXY_AUTH_HEADER must be the name of a header of its own, like X-Forwarded-Email or Remote-User',
  ],
  [
    ({ proxyAuthHeader, proxyAuthFrom }) => (proxyAuthHeader === '') !== (proxyAuthFrom.length === 0),
    'KT_SERVER_PROXY_AUTH_HEADER and KT_SERVER_PROXY_AUTH_FROM need each other: without the addresses of the proxy ' +
      'everybody could send the header',
  ],
  [
    ({ proxyAuthFrom }) => proxyAuthFrom.some((range) => rangeOf(range) === null),
    'KT_SERVER_PROXY_AUTH_FROM must be addresses or ranges like 10.0.0.2, 172.18.0.0/16 or fd00::/8, and never all',
  ],
  [
    ({ proxyAuthHeader, auth }) => proxyAuthHeader !== '' && auth === 'none',
    'KT_SERVER_AUTH=none asks nobody to sign in: unset it, or KT_SERVER_PROXY_AUTH_HEADER',
  ],
];

/** Fails with `invalid`, and says which setting to change. */
export const checkSignIn = (set: Settings): void => {
  for (const [isWrong, why] of RULES) if (isWrong(set)) throw new KtError('invalid', why);
};
