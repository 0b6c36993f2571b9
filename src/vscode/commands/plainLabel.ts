/** Text from elsewhere as the label of a quick pick. */
import { visible } from '../../core/text/visible';

/** Every character can be seen, and `$(name)` stays as it is written: a quick pick would draw an icon for it. */
export function plainLabel(text: string, cap?: number): string {
  return visible(text, cap).replaceAll('$(', '\\$(');
}
