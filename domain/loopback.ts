/** Does this name, as part of an address, mean this machine alone? */
export const isLoopback = (name: string): boolean => /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i.test(name);

/** An address without the prefix by which a socket of IPv6 tells one of IPv4 (`::ffff:192.0.2.1`, RFC 4291). */
export const withoutMapping = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');
