// A worker's entry can't be a .ts file on Node 20, whatever its execArgv.
import { register } from 'tsx/esm/api';
register();
await import('./worker.ts');
