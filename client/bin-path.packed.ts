import { realpathSync } from 'node:fs';

/** The file that Node was given: the bin of whichever package this was built into, behind the link that leads there. */
export const BIN = realpathSync(process.argv[1]!);
