/** What the first bytes of an executable say: ELF (Linux), Mach-O (macOS) and PE (Windows), all of 64 bits. */

export type Kind = { readonly platform: NodeJS.Platform; readonly arch: string };

/** Stands once in each Node binary, with `:0` behind it, or `:1` where something is inside to be run. */
export const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

const ELF = { 62: 'x64', 183: 'arm64' } as Readonly<Record<number, string>>;
const MACH_O = { 16777223: 'x64', 16777228: 'arm64' } as Readonly<Record<number, string>>;
const PE = { 34404: 'x64', 43620: 'arm64' } as Readonly<Record<number, string>>;

const isMachO = (file: Buffer): boolean => file.length > 32 && file.readUInt32LE(0) === 0xfeedfacf;

/** Where a PE file's own header is; null for another file. Each begins as a program of DOS. */
const peHeader = (file: Buffer): number | null => {
  if (file.length < 64 || file.toString('latin1', 0, 2) !== 'MZ') return null;
  const at = file.readUInt32LE(60);
  return at + 264 <= file.length && file.toString('latin1', at, at + 4) === 'PE\0\0' ? at : null;
};

/** Which platform and processor a file is for; null where it is no executable that we know. */
export const kindOf = (file: Buffer): Kind | null => {
  const of = (platform: NodeJS.Platform, arch: string | undefined) => (arch === undefined ? null : { platform, arch });
  if (file.length > 64 && file.toString('latin1', 0, 5) === '\x7fELF\x02')
    return of('linux', ELF[file.readUInt16LE(18)]);
  if (isMachO(file)) return of('darwin', MACH_O[file.readUInt32LE(4)]);
  const pe = peHeader(file);
  return pe === null ? null : of('win32', PE[file.readUInt16LE(pe + 4)]);
};

/** Whether a Mach-O file has a signature: a load command of its own says where. */
export const isSigned = (file: Buffer): boolean => {
  if (!isMachO(file)) return false;
  const commands = file.readUInt32LE(16);
  for (let n = 0, at = 32; n < commands && at + 8 <= file.length; n += 1, at += Math.max(8, file.readUInt32LE(at + 4)))
    if (file.readUInt32LE(at) === 0x1d) return true;
  return false;
};

/**
 * A PE file without its publisher's signature, which no longer holds once something is put inside: better none than one
 * that looks forged. It lies at the end, where the header's fifth directory says. Other files are returned as they are
 * (of a Mach-O file postject takes it away).
 */
export const bareOfSignature = (file: Buffer): Buffer => {
  const pe = peHeader(file);
  if (pe === null || file.readUInt16LE(pe + 24) !== 0x20b) return file;
  const entry = pe + 24 + 112 + 4 * 8;
  const [start, size] = [file.readUInt32LE(entry), file.readUInt32LE(entry + 4)];
  if (size === 0 || start + size !== file.length) return file;
  const bare = Buffer.from(file.subarray(0, start));
  bare.fill(0, entry, entry + 8);
  return bare;
};

/** What is wrong with an executable that should be of this kind, and run this blob; null if nothing is. */
export const faultOf = (file: Buffer, blob: Buffer, kind: Kind): string | null => {
  const is = kindOf(file);
  if (is?.platform !== kind.platform || is.arch !== kind.arch)
    return `is ${is === null ? 'no executable' : `for ${is.platform} ${is.arch}`}`;
  const fuse = file.indexOf(`${FUSE}:`);
  if (fuse === -1) return 'is not of a Node that runs what is inside';
  if (String.fromCharCode(file[fuse + FUSE.length + 1]!) !== '1') return 'would run as Node: its fuse is not set';
  return file.includes(blob) ? null : 'has not inside what it should run';
};
