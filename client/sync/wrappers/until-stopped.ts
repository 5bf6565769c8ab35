/**
 * Wraps the ports so that a pass can be stopped: the call in flight finishes and is recorded in the state, and none is
 * begun after it. A pass may be stopped between any two calls, just as it may be killed there.
 */
import { KtError } from '../../../domain/errors.ts';
import type { Ports } from '../ports.ts';

const guarded = <Port extends object>(port: Port, stop: AbortSignal): Port =>
  new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        if (stop.aborted) return Promise.reject(new KtError('unavailable', 'kt-client was told to stop'));
        return (member as (...args: unknown[]) => unknown).apply(target, args);
      };
    },
  });

export const untilStopped = (ports: Ports, stop: AbortSignal): Ports => ({
  ...ports,
  local: guarded(ports.local, stop),
  remote: guarded(ports.remote, stop),
});
