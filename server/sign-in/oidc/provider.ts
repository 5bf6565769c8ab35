/** A provider of OpenID Connect, as far as signing in and out asks of it. All that is known of the protocol is here. */
import { createRemoteJWKSet, customFetch as joseFetch, jwtVerify, type JWTVerifyGetKey } from 'jose';
import * as oidc from 'openid-client';
import { isKtError, KtError } from '../../../domain/errors.ts';
import type { Person } from '../../resolvers/provider-sign-up.ts';
import { boundedFetch, PATIENCE } from './bounded-fetch.ts';
import { claimNamed, hasOneOf, textOf, type Claims } from './claims.ts';
import { issuerName, type OidcSettings } from './settings.ts';

/** What the browser brings back has to be for: drawn for each sign-in, and shown to nobody else. */
export type Checks = { readonly state: string; readonly nonce: string; readonly verifier: string };

/** What a provider says of a sign-in that has ended there. */
export type SignedOut = {
  readonly issuer: string;
  readonly subject: string | null;
  readonly providerSession: string | null;
  /** What tells this message from others. */
  readonly id: string;
  /** When it was made, in seconds since 1970. */
  readonly at: number;
};

/**
 * Everything fails with `unavailable` where the provider does not answer, or refuses this server, and with
 * `unauthenticated` or `forbidden` where it is about this one sign-in.
 */
export type Provider = {
  readonly settings: OidcSettings;
  /** Where a browser goes to sign in, and what has to come back. */
  begin(): Promise<{ readonly url: string; readonly checks: Checks }>;
  /** Whom the provider vouches for, by the query with which the browser came back. */
  finish(query: string, checks: Checks): Promise<Person>;
  /** Where a browser goes to sign out there too; null where the provider offers none. */
  signOutUrl(idToken: string): Promise<string | null>;
  /** Checks a logout token. */
  signedOut(token: string): Promise<SignedOut>;
};

/** How long a discovery document counts, and how long none is asked for after a failure, in ms. */
const FRESH = 3_600_000;
const PAUSE = 5_000;
/** The most calls that are under way at once: a flood of callbacks must not become one at the provider. */
const AT_ONCE = 16;
/** How old a logout token may be, and how far clocks may differ, in seconds. */
const LOGOUT_AGE = 300;
const SKEW = 60;
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

type Known = { readonly config: oidc.Configuration; readonly keys: JWTVerifyGetKey | null; readonly until: number };

/** `now` is in ms, of the clock that tokens are told by; `tell` gets lines for the log. */
export const makeProvider = (settings: OidcSettings, now: () => number, tell: (line: string) => void): Provider => {
  const { issuer, clientId, redirectUri, policy } = settings;
  const { name } = policy;
  let known: Known | null = null;
  let asking: Promise<Known> | null = null;
  let pausedTo = 0;
  let underWay = 0;

  const bounded = async <T>(work: () => Promise<T>): Promise<T> => {
    if (underWay >= AT_ONCE)
      throw new KtError('rate_limited', 'too many sign-ins are under way: wait a few seconds, then try again', {
        retryAfter: 5,
      });
    underWay++;
    try {
      return await work();
    } finally {
      underWay--;
    }
  };

  const down = (cause?: unknown): KtError =>
    new KtError(
      'unavailable',
      `${name} does not answer as it should: try again in a minute, or sign in otherwise`,
      { retryAfter: Math.ceil(PAUSE / 1000) },
      { cause },
    );

  const discover = async (): Promise<Known> => {
    try {
      const config = await discovered(settings);
      const { jwks_uri: jwks } = config.serverMetadata();
      const keys =
        jwks === undefined
          ? null
          : createRemoteJWKSet(new URL(jwks), { timeoutDuration: PATIENCE, [joseFetch]: boundedFetch as never });
      known = { config, keys, until: now() + FRESH };
      return known;
    } catch (error) {
      pausedTo = now() + PAUSE;
      tell(`the provider ${issuer.href} can not be used for signing in: ${toldOf(error)}`);
      // What was known an hour ago is better than nothing.
      if (known) return known;
      throw isKtError(error) ? error : down(error);
    } finally {
      asking = null;
    }
  };

  /** Asked for when it is needed, by one request for all; not at the start, which must not wait for the provider. */
  const ready = async (): Promise<Known> => {
    if (known && (known.until > now() || now() < pausedTo)) return known;
    if (now() < pausedTo && !asking) throw down();
    return (asking ??= discover());
  };

  /** Says of a failure what the person, or the operator, can do. */
  const inOurWords = (error: unknown): KtError => {
    if (isKtError(error)) return error;
    tell(`a sign-in by ${issuer.href} failed: ${toldOf(error)}`);
    if (error instanceof oidc.AuthorizationResponseError)
      return error.error === 'access_denied'
        ? new KtError('forbidden', `${name} did not let you in, or you said no there: start again if you want to`, {
            reason: 'denied',
          })
        : refusal(error.error);
    if (error instanceof oidc.ResponseBodyError)
      return error.error === 'invalid_grant'
        ? new KtError(
            'unauthenticated',
            `${name} does not know this sign-in any more: start again. If it says so every time, register exactly ` +
              `this redirect URI there: ${redirectUri}`,
            { reason: 'stale' },
          )
        : refusal(error.error);
    if (error instanceof oidc.WWWAuthenticateChallengeError) return refusal('invalid_client');
    if (isSilence(error)) return down(error);
    return new KtError(
      'unauthenticated',
      `what ${name} answered does not belong to this sign-in, or can not be trusted: start again`,
      { reason: 'stale' },
      { cause: error },
    );
  };

  const refusal = (code: string): KtError =>
    new KtError(
      'unavailable',
      `${name} refuses this server (${/^[a-z_]{1,40}$/.test(code) ? code : 'an error'}). Its operator compares the ` +
        `client’s id, secret and authentication method with KT_SERVER_OIDC_*, and the redirect URI: ${redirectUri}`,
      { reason: 'refused' },
    );

  return {
    settings,
    begin: async () => {
      const { config } = await ready();
      const checks = {
        state: oidc.randomState(),
        nonce: oidc.randomNonce(),
        verifier: oidc.randomPKCECodeVerifier(),
      };
      const url = oidc.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: settings.scopes.join(' '),
        state: checks.state,
        nonce: checks.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(checks.verifier),
        code_challenge_method: 'S256',
      });
      return { url: url.href, checks };
    },

    finish: (query, { state, nonce, verifier }) =>
      bounded(async () => {
        const { config } = await ready();
        try {
          const tokens = await oidc.authorizationCodeGrant(config, new URL(`${redirectUri}${query}`), {
            expectedState: state,
            expectedNonce: nonce,
            pkceCodeVerifier: verifier,
            idTokenExpected: true,
          });
          const claims: Claims = { ...tokens.claims() };
          const all = { ...(await moreClaims(config, settings, claims, tokens.access_token)), ...claims };
          return personOf(all, settings, tokens.id_token ?? null);
        } catch (error) {
          throw inOurWords(error);
        }
      }),

    signOutUrl: async (idToken) => {
      const found = await ready().catch(() => null);
      if (!found?.config.serverMetadata().end_session_endpoint) return null;
      return oidc.buildEndSessionUrl(found.config, {
        id_token_hint: idToken,
        post_logout_redirect_uri: settings.signedOutUri,
      }).href;
    },

    signedOut: (token) =>
      bounded(async () => {
        const { config, keys } = await ready();
        if (keys === null) throw new KtError('invalid', 'the provider names no keys (jwks_uri)');
        return checkedLogout(token, config, keys, clientId, now());
      }),
  };
};

/**
 * The provider's own document, wherever its settings lead: with or without `/.well-known/…`, and whether or not the
 * issuer ends with a slash, which people and providers write differently. Another issuer than that is refused.
 */
const discovered = async (settings: OidcSettings): Promise<oidc.Configuration> => {
  const { issuer, clientId, algorithm } = settings;
  const document = new URL(`${issuerName(issuer.href)}/.well-known/openid-configuration`);
  const config = await oidc.discovery(
    document,
    clientId,
    algorithm === '' ? {} : { id_token_signed_response_alg: algorithm },
    undefined,
    {
      timeout: PATIENCE / 1000,
      [oidc.customFetch]: boundedFetch as oidc.CustomFetch,
      execute: issuer.protocol === 'http:' ? [oidc.allowInsecureRequests] : [],
    },
  );
  const metadata = config.serverMetadata();
  if (issuerName(metadata.issuer) !== issuerName(issuer.href))
    throw new Error(`it calls itself ${JSON.stringify(metadata.issuer)}: set KT_SERVER_OIDC_ISSUER to that`);
  const whole = new oidc.Configuration(
    metadata,
    clientId,
    config.clientMetadata(),
    authenticationOf(settings, metadata.token_endpoint_auth_methods_supported),
  );
  whole[oidc.customFetch] = boundedFetch as oidc.CustomFetch;
  whole.timeout = PATIENCE / 1000;
  if (issuer.protocol === 'http:') oidc.allowInsecureRequests(whole);
  // By the provider's keys too, though the token comes from itself; where there are keys for it.
  const algorithms = algorithm === '' ? (metadata.id_token_signing_alg_values_supported ?? ['RS256']) : [algorithm];
  if (!algorithms.every((each) => each.startsWith('HS'))) oidc.enableNonRepudiationChecks(whole);
  return whole;
};

/** How the server proves itself, by the settings, or else by what the provider takes. */
const authenticationOf = (
  { clientSecret, authMethod }: OidcSettings,
  offered: readonly string[] = ['client_secret_basic'],
): oidc.ClientAuth => {
  const by = {
    client_secret_basic: () => oidc.ClientSecretBasic(clientSecret),
    client_secret_post: () => oidc.ClientSecretPost(clientSecret),
    client_secret_jwt: () => oidc.ClientSecretJwt(clientSecret),
    none: () => oidc.None(),
  };
  if (authMethod !== 'auto') return by[authMethod]();
  if (clientSecret === '') return by.none();
  const method = (['client_secret_basic', 'client_secret_post', 'client_secret_jwt'] as const).find((each) =>
    offered.includes(each),
  );
  if (method === undefined)
    throw new Error(`it takes ${offered.join(', ')}, and none of these works with a client secret`);
  return by[method]();
};

/** What the ID token lacks of what is needed, from where the provider tells more; nothing where it does not. */
const moreClaims = async (
  config: oidc.Configuration,
  { claim }: OidcSettings,
  claims: Claims,
  accessToken: string,
): Promise<Claims> => {
  const lacks =
    claims['email'] === undefined ||
    claims['email_verified'] === undefined ||
    (claim !== null && claimNamed(claims, claim.name) === undefined);
  if (!lacks || !config.serverMetadata().userinfo_endpoint) return {};
  return { ...(await oidc.fetchUserInfo(config, accessToken, String(claims['sub']))) };
};

const personOf = (claims: Claims, { claim }: OidcSettings, idToken: string | null): Person => {
  const subject = textOf(claims['sub'], 255);
  const issuer = textOf(claims['iss'], 1_000);
  if (subject === null || issuer === null) throw new Error('the ID token names nobody');
  return {
    issuer: issuerName(issuer),
    subject,
    email: textOf(claims['email'], 254),
    emailVerified: claims['email_verified'] === true,
    isAdmitted: claim === null || hasOneOf(claimNamed(claims, claim.name), claim.values),
    providerSession: textOf(claims['sid'], 255),
    idToken,
  };
};

/** Fails with `invalid` for what is no logout token of this provider for this client, or is too old. */
const checkedLogout = async (
  token: string,
  config: oidc.Configuration,
  keys: JWTVerifyGetKey,
  clientId: string,
  now: number,
): Promise<SignedOut> => {
  const metadata = config.serverMetadata();
  const refuse = (why: string, cause?: unknown): never => {
    throw new KtError('invalid', `the logout token ${why}`, {}, { cause });
  };
  const { payload, protectedHeader } = await jwtVerify(token, keys, {
    issuer: metadata.issuer,
    audience: clientId,
    algorithms: ALGORITHMS,
    clockTolerance: SKEW,
    currentDate: new Date(now),
    requiredClaims: ['iat', 'jti'],
  }).catch((error: unknown) => {
    if (isSilence(error)) throw new KtError('unavailable', 'the provider’s keys can not be read', {}, { cause: error });
    return refuse('is not one of this provider for this client', error);
  });
  const { iat, jti, sub, sid, events, nonce } = payload as Claims & typeof payload;
  const { typ } = protectedHeader;
  if (typ !== undefined && !/^(application\/)?(logout\+jwt|jwt)$/i.test(typ)) refuse('is of another type');
  if (typeof events !== 'object' || events === null || !Object.hasOwn(events, LOGOUT_EVENT))
    refuse('says nothing of it');
  if (nonce !== undefined) refuse('is an ID token'); // which must not sign anybody out
  if (Math.abs(now / 1000 - iat!) > LOGOUT_AGE) refuse('is too old');
  const [subject, providerSession, id] = [textOf(sub, 255), textOf(sid, 255), textOf(jti, 500)];
  if (id === null || (subject === null && providerSession === null)) refuse('names nobody');
  return { issuer: issuerName(metadata.issuer), subject, providerSession, id: id!, at: iat! };
};

/** Whether the provider did not answer, or not as one does. */
const isSilence = (error: unknown): boolean => {
  const { name, code, message } = error as { name?: string; code?: string; message?: string };
  return (
    isKtError(error, 'unavailable') ||
    name === 'TimeoutError' ||
    name === 'AbortError' ||
    code === 'ERR_JWKS_TIMEOUT' ||
    code === 'OAUTH_TIMEOUT' ||
    code === 'OAUTH_RESPONSE_IS_NOT_CONFORM' ||
    code === 'OAUTH_RESPONSE_IS_NOT_JSON' ||
    (error instanceof TypeError && message === 'fetch failed') ||
    (code === 'ERR_JOSE_GENERIC' && /JSON Web Key Set/.test(message ?? ''))
  );
};

/** An error with its causes as one line for the log. No token is in any. */
const toldOf = (error: unknown): string => {
  const told: string[] = [];
  for (let at: unknown = error; at instanceof Error && told.length < 4; at = at.cause) {
    const { error: code, error_description: description } = at as { error?: string; error_description?: string };
    told.push([at.message, code, description].filter((part) => typeof part === 'string').join(': '));
  }
  return told
    .join(' <- ')
    .replace(/\p{Cc}+/gu, ' ')
    .slice(0, 500);
};
