/** Put in by the build, from `package.json`. */
declare const KT_VERSION: string;

export const VERSION = KT_VERSION;
