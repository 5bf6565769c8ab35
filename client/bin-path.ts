import { fileURLToPath } from 'node:url';

/** Whether this is an executable that has Node inside: only what is built can be. */
export const IS_EXECUTABLE: boolean = false;

/** The file that Node was given to run kt-client. In what is built, bin-path.packed.ts stands in for this module. */
export const BIN = fileURLToPath(new URL('./bin.js', import.meta.url));
