import { realpathSync } from 'node:fs';
import { isSea } from 'node:sea';

/** Whether this is an executable that has Node inside: scripts/build/executable.ts. */
export const IS_EXECUTABLE = isSea();

/** That executable, or else the file that Node was given: the bin of whichever package this was built into. */
export const BIN = IS_EXECUTABLE ? process.execPath : realpathSync(process.argv[1]!);
