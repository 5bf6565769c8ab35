/**
 * The shares that devices have in a day of the union, as bytes: for each the 16 bytes of its id (a UUID), the number of
 * bytes that follow in four bytes, and these (slots.ts). Devices without a share are left out.
 */
export type PackedShares = readonly { readonly id: string; readonly packed: Uint8Array }[];

const HEAD = 20;

export const packShares = (shares: PackedShares): Uint8Array<ArrayBuffer> => {
  const there = shares.filter(({ packed }) => packed.length > 0);
  const bytes = new Uint8Array(there.reduce((sum, { packed }) => sum + HEAD + packed.length, 0));
  let at = 0;
  for (const { id, packed } of there) {
    const digits = id.replaceAll('-', '');
    for (let i = 0; i < 16; i++) bytes[at + i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
    new DataView(bytes.buffer).setUint32(at + 16, packed.length);
    bytes.set(packed, at + HEAD);
    at += HEAD + packed.length;
  }
  return bytes;
};

/** The text of a UUID's 16 bytes. */
export const uuidAt = (bytes: Uint8Array, at: number): string => {
  let text = '';
  for (let i = 0; i < 16; i++) text += `${i === 4 || i === 6 || i === 8 || i === 10 ? '-' : ''}${HEX[bytes[at + i]!]!}`;
  return text;
};

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export const readShares = (bytes: Uint8Array): PackedShares => {
  const shares: { id: string; packed: Uint8Array }[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; ) {
    const end = at + HEAD + view.getUint32(at + 16);
    shares.push({ id: uuidAt(bytes, at), packed: bytes.subarray(at + HEAD, end) });
    at = end;
  }
  return shares;
};
