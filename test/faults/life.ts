/**
 * The life of a kt-client process, simulated within this one. Its actions are counted: each request to either server,
 * and each access to its state. It may die before or after the n-th; from then on nothing it awaits ever resolves, so
 * that it does no more, like a killed process.
 */
import type { State } from '../../client/sync/ports.ts';
import { bodyText } from './script.ts';

type Fetch = (request: Request) => Promise<Response>;

export class Killed extends Error {}

/** Before or after the n-th action, or before the first push. */
export type Death = { readonly at: number | 'push'; readonly when: 'before' | 'after' };

export const makeLife = (death: Death | null) => {
  let actions = 0;
  let die: (reason: Killed) => void = () => undefined;
  let dead = false;
  const died = new Promise<never>((_, reject) => (die = reject));
  died.catch(() => undefined);
  const never = <T>() => new Promise<T>(() => undefined);
  /** The last request to kt-server that was cut off before it was sent. */
  let unsent: Request | null = null;

  const act = async <T>(work: () => Promise<T>, request: Request | null = null): Promise<T> => {
    const isPush =
      death?.at === 'push' &&
      request !== null &&
      bodyText(new Uint8Array(await request.clone().arrayBuffer())).includes('"operationName":"PushEvents"');
    if (dead) return never<T>();
    const isLast = ++actions === death?.at || isPush;
    const kill = () => {
      dead = true;
      die(new Killed(`killed ${death!.when} action ${actions}`));
      return never<T>();
    };
    if (isLast && death!.when === 'before') {
      unsent = request;
      return kill();
    }
    const result = await work();
    return isLast || dead ? kill() : result;
  };

  return {
    get actions() {
      return actions;
    },
    get unsent() {
      return unsent;
    },
    fetch:
      (fetch: Fetch, keep = false): Fetch =>
      (request) =>
        act(() => fetch(request), keep ? request.clone() : null),
    state: (state: State): State => ({
      load: () => act(() => state.load()),
      save: (next) => act(() => state.save(next)),
    }),
    /** The result of `work`, or its death, whichever comes first. */
    live: <T>(work: Promise<T>): Promise<T> => {
      work.catch(() => undefined); // unhandled once it is dead
      return Promise.race([work, died]);
    },
  };
};

export type Life = ReturnType<typeof makeLife>;
