/** The name of an entry of `hosts`, however it is written: as a text, or as an object with what differs there. */
export function nameOfHost(entry: string | { readonly name: string }): string {
  return typeof entry === 'string' ? entry : entry.name;
}
