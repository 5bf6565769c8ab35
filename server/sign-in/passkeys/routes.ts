/**
 * /auth/passkey: where a browser asks what an authenticator is to sign, and sends what it answered; to sign in, and to
 * add a passkey to the account that is signed in (spec/sign-in 12).
 */
import type { JsonObject } from '../../../domain/data.ts';
import { isKtError, KtError } from '../../../domain/errors.ts';
import { saidBy, whyNotByCookie } from '../../auth/by-cookie.ts';
import type { RelyingParty } from '../../auth/relying-party.ts';
import type { Viewer } from '../../auth/viewer.ts';
import { json } from '../../http/whole.ts';
import type { OwnSession } from '../../resolvers/new-way-in.ts';
import type { KnownPasskey } from '../../resolvers/passkeys.ts';
import type { Resolvers } from '../../resolvers/resolvers.ts';
import { CREDENTIAL, HEADERS, objectIn } from '../asked-body.ts';
import { trying, type FailedSignIns, type Try } from '../attempts.ts';
import { makeBeginnings } from '../begun.ts';
import type { Answer, Entering } from '../entering.ts';
import {
  askToRegister,
  askToSignIn,
  checkRegistration,
  checkSignIn,
  GOOD_FOR,
  passkeyNamed,
  type Asked,
} from './webauthn.ts';

type PasskeyDeps = {
  readonly passkeys: Resolvers['passkeys'];
  readonly accountLog: Resolvers['accountLog'];
  readonly entering: Entering;
  readonly failures: FailedSignIns;
  /** Whether passkeys sign in here at all. */
  readonly isOn: boolean;
  /** In ms since 1970. */
  readonly now: () => number;
};

/** What the browser keeps, sealed, while its person is at the authenticator. */
type Begun = {
  readonly challenge: string;
  readonly at: number;
  readonly rpId: string;
  /** The session that a passkey is to be added by; null where somebody signs in. */
  readonly adding: OwnSession | null;
};

export const PASSKEY_PATHS = [
  'auth/passkey/options',
  'auth/passkey/session',
  'auth/passkey/registration/options',
  'auth/passkey/registration',
] as const;

/**
 * An answer that does not hold counts for the passkey that it names, too, from wherever it came: the others of its
 * account, and every other way in, stay open to its owner.
 */
const ANSWER: Try = {
  what: 'too many answers with this passkey did not hold (other ways in are open)',
  isWrong: (error) => isKtError(error, 'unauthenticated'),
};

export const makePasskeyRoutes = ({ passkeys, accountLog, entering, failures, isOn, now }: PasskeyDeps) => {
  const { places, authenticate } = entering;
  const beginnings = makeBeginnings<Begun>({
    ...{ name: 'passkey', purpose: 'passkey', goodFor: GOOD_FOR, sameSite: 'strict' },
    ...{ secret: passkeys.seal, now },
  });

  /** Where passkeys are for. Fails with `forbidden` where there can be none. */
  const partyOf = (request: Request): RelyingParty => {
    if (!isOn) throw new KtError('forbidden', 'passkeys sign nobody in here (KT_SERVER_LOCAL_LOGIN=no)');
    const party = places.relyingPartyOf(request);
    if (party) return party;
    throw new KtError(
      'forbidden',
      'passkeys need an address with https and a host name, which KT_SERVER_PUBLIC_URL says, or http://localhost',
    );
  };

  const begin = async (request: Request, { id }: RelyingParty, asked: Asked, adding: OwnSession | null) => {
    const { challenge, options } = asked;
    const response = json(options, 200, HEADERS);
    const begun = { challenge, at: now(), rpId: id, adding };
    response.headers.append('set-cookie', await beginnings.keep(begun, places.of(request)));
    return response;
  };

  /** What this browser began. Fails with `unauthenticated` where it began nothing, or too long ago. */
  const begunBy = async (request: Request, { id }: RelyingParty): Promise<Begun> => {
    const begun = await beginnings.shownBy(request.headers, places.of(request));
    if (begun?.rpId === id) return begun;
    throw new KtError(
      'unauthenticated',
      'this browser began nothing with a passkey in the last five minutes, or keeps no cookies: start again',
      { reason: 'expired' },
    );
  };
  const challengeOf = ({ at }: Begun) => ({ at: new Date(at), latest: new Date(now()) });

  /** Whoever adds a passkey. Fails with `forbidden` for a request that no page of ours makes. */
  const adder = async (request: Request): Promise<Viewer> => {
    const refusal = whyNotByCookie(saidBy(request, places.of(request)));
    if (refusal !== null) throw new KtError('forbidden', `this request adds no passkey, because ${refusal}`);
    const viewer = await authenticate(request);
    if (!viewer) throw new KtError('unauthenticated', 'nobody is signed in here', { reason: 'none' });
    return viewer;
  };

  const options: Answer = async (request, { address }) => {
    entering.letIn(request, address);
    const party = partyOf(request);
    await objectIn(request);
    return begin(request, party, await askToSignIn(party), null);
  };

  const session: Answer = async (request, { address: connected }) => {
    const { place, counted } = entering.letIn(request, connected);
    const party = partyOf(request);
    const body = await objectIn(request, CREDENTIAL);
    const { user, cookies } = await entering.counting(counted, async () => {
      const begun = await begunBy(request, party);
      if (begun.adding !== null) throw new KtError('unauthenticated', 'this challenge is for adding a passkey');
      const passkey = await named(body);
      return trying(failures.accounts, `passkey ${passkey.id}`, ANSWER, async () => {
        const counter = await checkSignIn(party, begun.challenge, body['credential'], passkey).catch(
          (error: unknown) => {
            // Its owner reads of an answer that does not hold.
            const who = { account: passkey.account, address: places.addressOf(request, connected) };
            accountLog.refused(who, 'a passkey whose answer does not hold');
            throw error;
          },
        );
        const answer = { counter, challenge: challengeOf(begun) };
        return entering.enter(request, connected, (browser) => passkeys.enter(passkey, answer, browser));
      });
    });
    return entering.entered(request, user, [...cookies, beginnings.forget(place)]);
  };

  /** The passkey that is said to have answered. */
  const named = async ({ credential }: JsonObject): Promise<KnownPasskey> => {
    const passkey = await passkeys.find(passkeyNamed(credential));
    if (!passkey)
      throw new KtError(
        'unauthenticated',
        'this passkey is not known here: it was removed, or is for another server. Sign in otherwise',
        { reason: 'unknown' },
      );
    return passkey;
  };

  const registrationOptions: Answer = async (request) => {
    const party = partyOf(request);
    const viewer = await adder(request);
    await objectIn(request);
    const wish = await passkeys.wish(viewer, party.id);
    return begin(request, party, await askToRegister(party, wish), wish.session);
  };

  const registration: Answer = async (request, { address }) => {
    const party = partyOf(request);
    const viewer = await adder(request);
    const { name, credential } = await objectIn(request, CREDENTIAL);
    if (typeof name !== 'string') throw new KtError('malformed', 'send {"name": "…", "credential": {…}}');
    const begun = await begunBy(request, party);
    const { adding } = begun;
    // By the one that began it, and that shows itself now.
    if (adding === null || adding.account !== viewer.account || adding.sessionId !== viewer.sessionId)
      throw new KtError('forbidden', 'this challenge is not for adding a passkey to this account: start again');
    const made = await checkRegistration(party, begun.challenge, credential);
    const from = places.addressOf(request, address);
    const { id } = await passkeys.add(adding, { ...made, name, rpId: party.id }, challengeOf(begun), from);
    const response = json({ id }, 200, HEADERS);
    response.headers.append('set-cookie', beginnings.forget(places.of(request)));
    return response;
  };

  return {
    'auth/passkey/options': { POST: options },
    'auth/passkey/session': { POST: session },
    'auth/passkey/registration/options': { POST: registrationOptions },
    'auth/passkey/registration': { POST: registration },
  } satisfies Record<(typeof PASSKEY_PATHS)[number], Partial<Record<string, Answer>>>;
};
