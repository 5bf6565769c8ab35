import { readFile } from 'node:fs/promises';

/** kt-client as it was built with this server. */
export const clientTarball = (): Promise<Buffer> => readFile(new URL('../kt-client.tgz', import.meta.url));
