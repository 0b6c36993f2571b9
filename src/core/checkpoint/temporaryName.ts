/** Names of files that are written first and renamed then: what is left of a write that was broken off. */

const endings = [
  /^(.+)\.(?:tmp|temp|part|partial|new|swp|swx)(?:[._-]?[\w-]{1,32})?$/iu,
  /^(.+)~$/u,
  /^(.+)\.[\w-]{1,32}\.(?:tmp|temp|part)$/iu,
];
/** As rsync and others do: `.name.Ab3dEf`. */
const hidden = /^\.(.+)\.[A-Za-z0-9_]{6,12}$/u;

/** The names that a file may get when it is whole; none where its own name is not that of a temporary one. */
export function finalNames(name: string): readonly string[] {
  if (name.length > 1000) return [];
  const bases = endings.flatMap((ending) => ending.exec(name)?.[1] ?? []);
  const ofHidden = hidden.exec(name)?.[1];
  const found = ofHidden === undefined ? bases : [ofHidden, ...bases];
  return [...new Set(found.flatMap((base) => (base.startsWith('.') ? [base.slice(1), base] : [base])))].filter(
    (base) => base !== '',
  );
}
