import { fileURLToPath } from 'node:url';

/** The file that Node was given to run kt-client. In what is built, bin-path.packed.ts stands in for this module. */
export const BIN = fileURLToPath(new URL('./bin.js', import.meta.url));
