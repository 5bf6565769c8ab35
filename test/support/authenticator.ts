/** An authenticator as WebAuthn knows it, in software: it makes passkeys and signs with them, wrongly if asked to. */
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isoCBOR } from '@simplewebauthn/server/helpers';

type Passkey = {
  readonly id: Buffer;
  readonly rpId: string;
  readonly userHandle: string;
  readonly privateKey: KeyObject;
  counter: number;
};

/** What is wrong with an answer. */
export type Twist = {
  readonly origin?: string;
  readonly rpId?: string;
  readonly type?: string;
  readonly challenge?: string;
  /** Whether the person is said to be there, and to be known. */
  readonly isThere?: boolean;
  readonly isKnown?: boolean;
  readonly crossOrigin?: boolean;
  readonly topOrigin?: string;
  readonly counter?: number;
  readonly userHandle?: string;
  readonly format?: string;
  readonly statement?: Map<string, unknown>;
  /** Whether the new key signs for itself, and the format is `packed`: with this key, or (true) with its own. */
  readonly attests?: KeyObject | true;
  readonly key?: KeyObject;
  readonly credentialId?: Buffer;
  readonly publicKey?: Map<number, unknown>;
};

const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest();
const encoded = (value: unknown): Buffer => Buffer.from(isoCBOR.encode(value as never));

/** What a page is to ask, as the server writes it. */
type Asked = any;

export const makeAuthenticator = (origin: string, counts = true) => {
  const passkeys: Passkey[] = [];

  const clientData = (type: string, { challenge }: Asked, twist: Twist): Buffer =>
    Buffer.from(
      JSON.stringify({
        type: twist.type ?? type,
        challenge: twist.challenge ?? challenge,
        origin: twist.origin ?? origin,
        crossOrigin: twist.crossOrigin ?? false,
        ...(twist.topOrigin === undefined ? {} : { topOrigin: twist.topOrigin }),
      }),
    );
  const head = (rpId: string, counter: number, attested: boolean, twist: Twist): Buffer => {
    const flags = (twist.isThere === false ? 0 : 0x01) | (twist.isKnown === false ? 0 : 0x04) | (attested ? 0x40 : 0);
    const count = Buffer.alloc(4);
    count.writeUInt32BE(twist.counter ?? counter);
    return Buffer.concat([sha256(twist.rpId ?? rpId), Buffer.from([flags]), count]);
  };
  const answer = <Response extends object>(id: Buffer, response: Response) => ({
    id: id.toString('base64url'),
    rawId: id.toString('base64url'),
    type: 'public-key',
    response,
    clientExtensionResults: {},
    authenticatorAttachment: 'platform',
  });

  return {
    passkeys,
    /** Makes a passkey, and what a browser sends of it. */
    create: (asked: Asked, twist: Twist = {}) => {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const { x, y } = publicKey.export({ format: 'jwk' });
      const id = twist.credentialId ?? randomBytes(32);
      const cose =
        twist.publicKey ??
        new Map<number, unknown>([
          [1, 2],
          [3, -7],
          [-1, 1],
          [-2, new Uint8Array(Buffer.from(x!, 'base64url'))],
          [-3, new Uint8Array(Buffer.from(y!, 'base64url'))],
        ]);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(id.length);
      const authData = Buffer.concat([head(asked.rp.id, 0, true, twist), Buffer.alloc(16), length, id, encoded(cose)]);
      passkeys.push({ id, rpId: asked.rp.id, userHandle: asked.user.id, privateKey, counter: 0 });
      const data = clientData('webauthn.create', asked, twist);
      const { attests } = twist;
      const signed = Buffer.concat([authData, sha256(data)]);
      const own = attests && sign('sha256', signed, attests === true ? privateKey : attests);
      const attestationObject = encoded(
        new Map<string, unknown>([
          ['fmt', own ? 'packed' : (twist.format ?? 'none')],
          [
            'attStmt',
            own
              ? new Map<string, unknown>([
                  ['alg', -7],
                  ['sig', new Uint8Array(own)],
                ])
              : (twist.statement ?? new Map()),
          ],
          ['authData', new Uint8Array(authData)],
        ]),
      ).toString('base64url');
      const clientDataJSON = data.toString('base64url');
      return answer(id, { attestationObject, clientDataJSON, transports: ['internal', 'hybrid', 'telepathy'] });
    },
    /** Signs with a passkey, the newest if none is named. */
    get: (asked: Asked, twist: Twist = {}, passkey = passkeys.at(-1)!) => {
      if (counts) passkey.counter++;
      const authData = head(passkey.rpId, passkey.counter, false, twist);
      const data = clientData('webauthn.get', asked, twist);
      const signature = sign('sha256', Buffer.concat([authData, sha256(data)]), twist.key ?? passkey.privateKey);
      return answer(passkey.id, {
        authenticatorData: authData.toString('base64url'),
        clientDataJSON: data.toString('base64url'),
        signature: signature.toString('base64url'),
        userHandle: twist.userHandle ?? passkey.userHandle,
      });
    },
  };
};
export type Authenticator = ReturnType<typeof makeAuthenticator>;
