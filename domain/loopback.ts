/** Does this name, as part of an address, mean this machine alone? */
export const isLoopback = (name: string): boolean => /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i.test(name);
