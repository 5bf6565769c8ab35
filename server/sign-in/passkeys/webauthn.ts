/**
 * What authenticators are asked, and how their answers are checked. All that is known of WebAuthn is here. The library
 * is loaded with the first of both: most servers never need it.
 */
import { isJsonObject, type JsonObject } from '../../../domain/data.ts';
import { KtError } from '../../../domain/errors.ts';
import type { RelyingParty } from '../../auth/relying-party.ts';
import type { Credential, KnownPasskey, PasskeyWish } from '../../resolvers/passkeys.ts';

const load = () =>
  Promise.all([import('@simplewebauthn/server'), import('@simplewebauthn/server/helpers')]).then(
    ([server, helpers]) => ({ ...server, ...helpers }),
  );

/** How long a person may take at the authenticator, in ms. */
export const GOOD_FOR = 300_000;

/**
 * ES256 and RS256, of which every authenticator has one. Not Ed25519, which Node 20 calls an experiment, and whose keys
 * no authenticator has alone.
 */
const ALGORITHMS = [-7, -257];

/** The longest id of a credential that WebAuthn allows, and more than an RSA key of 4,096 bits takes, in bytes. */
const MOST_ID = 1_023;
const MOST_KEY = 1_000;

/** How browsers reach authenticators, as WebAuthn names it; what else is said is left out. */
const TRANSPORTS = ['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb'] as const;

/**
 * A passkey is the only proof that is asked for, so the authenticator has to know its person (by a PIN, a finger, a
 * face): whoever finds it must not be in.
 */
const VERIFICATION = 'required';

type Library = Awaited<ReturnType<typeof load>>;
type Registration = Parameters<Library['verifyRegistrationResponse']>[0]['response'];
type Authentication = Parameters<Library['verifyAuthenticationResponse']>[0]['response'];

/** What a browser is to ask its authenticator, as JSON, with the challenge in it. */
export type Asked = { readonly challenge: string; readonly options: object };

const bytesOf = (uuid: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(uuid.replaceAll('-', ''), 'hex'));

/** Asks for a new passkey. */
export const askToRegister = async (
  { id }: RelyingParty,
  { userId, email, known }: Pick<PasskeyWish, 'userId' | 'email' | 'known'>,
): Promise<Asked> => {
  const { generateRegistrationOptions } = await load();
  const options = await generateRegistrationOptions({
    rpName: 'kt-server',
    rpID: id,
    userID: bytesOf(userId),
    userName: email,
    userDisplayName: email,
    timeout: GOOD_FOR,
    // Who made the authenticator is nobody's business here.
    attestationType: 'none',
    authenticatorSelection: { residentKey: 'required', userVerification: VERIFICATION },
    supportedAlgorithmIDs: ALGORITHMS,
    excludeCredentials: known.map(({ credentialId, transports }) => ({
      id: Buffer.from(credentialId).toString('base64url'),
      transports: TRANSPORTS.filter((transport) => transports.includes(transport)),
    })),
  });
  return { challenge: options.challenge, options };
};

/** Asks for any passkey of this host: whose it is, its answer says. */
export const askToSignIn = async ({ id }: RelyingParty): Promise<Asked> => {
  const { generateAuthenticationOptions } = await load();
  const options = await generateAuthenticationOptions({
    rpID: id,
    timeout: GOOD_FOR,
    userVerification: VERIFICATION,
    allowCredentials: [],
  });
  return { challenge: options.challenge, options };
};

/** The answer of an authenticator, as browsers write it. Fails with `malformed` for what is none. */
const answerOf = (credential: unknown): { readonly id: string; readonly response: JsonObject } & JsonObject => {
  const response = isJsonObject(credential) ? credential['response'] : undefined;
  if (!isJsonObject(credential) || typeof credential['id'] !== 'string' || !isJsonObject(response))
    throw new KtError('malformed', 'send what the authenticator answered as "credential"');
  return { ...credential, id: credential['id'], response };
};

/** Runs a check of the library; what it throws is about this answer alone, because nothing of it waits or is stored. */
const checked = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (cause) {
    throw refusal(cause);
  }
};
const refusal = (cause?: unknown): KtError =>
  new KtError(
    'unauthenticated',
    'what the authenticator answered is not for this sign-in, or can not be trusted: start again',
    { reason: 'unknown' },
    { cause },
  );

/** Nothing of ours is ever in a frame of another page. */
const mustBeOnItsOwn = ({ decodeClientDataJSON }: Library, { clientDataJSON }: JsonObject): void => {
  const { crossOrigin, topOrigin } = decodeClientDataJSON(String(clientDataJSON));
  if ((crossOrigin ?? false) !== false || topOrigin !== undefined) throw new Error('asked for within another page');
};

/** What an authenticator made for this challenge. Fails with `malformed`, and with `unauthenticated`. */
export const checkRegistration = async (
  { id, origin }: RelyingParty,
  challenge: string,
  credential: unknown,
): Promise<Credential> => {
  const answer = answerOf(credential);
  const library = await load();
  const made = await checked(async () => {
    mustBeOnItsOwn(library, answer.response);
    mustHaveNoStatement(library, answer.response);
    const { verified, registrationInfo } = await library.verifyRegistrationResponse({
      response: answer as unknown as Registration,
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: id,
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS,
    });
    return verified ? registrationInfo.credential : null;
  });
  const credentialId = new Uint8Array(Buffer.from(made?.id ?? '', 'base64url'));
  if (!made || credentialId.length > MOST_ID || made.publicKey.length > MOST_KEY || credentialId.length === 0)
    throw refusal();
  const said: unknown = answer.response['transports'];
  return {
    credentialId,
    publicKey: new Uint8Array(made.publicKey),
    counter: made.counter,
    transports: Array.isArray(said) ? TRANSPORTS.filter((transport) => said.includes(transport)) : [],
  };
};

/**
 * Browsers leave out who made an authenticator, since nobody asked; one that signs with the new key itself says nothing
 * of it either. To check another statement, addresses in its certificates would be asked, which whoever sends it chose.
 */
const mustHaveNoStatement = (
  { decodeAttestationObject, isoBase64URL }: Library,
  { attestationObject }: JsonObject,
): void => {
  const decoded = decodeAttestationObject(isoBase64URL.toBuffer(String(attestationObject)));
  const format = decoded.get('fmt');
  const isOwn = format === 'packed' && decoded.get('attStmt').get('x5c') === undefined;
  if (format !== 'none' && !isOwn) throw new Error(`an attestation of format ${format}`);
};

/** The id of the passkey that is said to have answered. Fails with `malformed`. */
export const passkeyNamed = (credential: unknown): Uint8Array<ArrayBuffer> => {
  const { id } = answerOf(credential);
  const bytes = new Uint8Array(Buffer.from(id, 'base64url'));
  if (bytes.length === 0 || bytes.length > MOST_ID)
    throw new KtError('malformed', 'the "id" of a credential is 1 to 1,023 bytes in base64url');
  return bytes;
};

/**
 * The counter of a passkey that answered this challenge. Fails with `malformed`, and with `unauthenticated`: also where
 * the counter did not grow.
 */
export const checkSignIn = async (
  { id, origin }: RelyingParty,
  challenge: string,
  credential: unknown,
  { publicKey, counter, userId, rpId }: KnownPasskey,
): Promise<number> => {
  const answer = answerOf(credential);
  const library = await load();
  return checked(async () => {
    mustBeOnItsOwn(library, answer.response);
    const { userHandle } = answer.response;
    const owner = Buffer.from(bytesOf(userId)).toString('base64url');
    if (rpId !== id) throw new Error('a passkey for another host');
    if (userHandle !== owner) throw new Error('a passkey for another user');
    const { verified, authenticationInfo } = await library.verifyAuthenticationResponse({
      response: answer as unknown as Authentication,
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: id,
      requireUserVerification: true,
      credential: { id: answer.id, publicKey: new Uint8Array(publicKey), counter },
    });
    if (!verified) throw new Error('a signature by another key');
    return authenticationInfo.newCounter;
  });
};
