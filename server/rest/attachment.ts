/**
 * The header that names a download (RFC 6266). A bucket id may be any text: characters that a header, a shell or a file
 * system could misread become `_`, and anything outside ASCII is only in `filename*`.
 */
export const attachment = (name: string): string => {
  // Path separators, control characters, and what Windows refuses.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  const safe = name.replace(/[\u0000-\u001f\u007f-\u009f/\\:*?"<>|]/gu, '_').replace(/\p{Surrogate}/gu, '_');
  // Also `%`: some browsers decode escapes in a plain name.
  const plain = safe.replace(/[^\x20-\x7e]|%/gu, '_');
  const encoded = encodeURIComponent(safe).replace(/['()*]/g, escaped);
  return `attachment; filename="${plain}"${plain === safe ? '' : `; filename*=UTF-8''${encoded}`}`;
};

const escaped = (char: string): string => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
