/** The row of a project file that has no effect as it is: why, and a click does what helps. */
import { projectFileFaulty, projectFileUnreadable } from '../../core/project/projectProblems';
import { projectFileName } from '../../core/project/projectFileName';
import { visible } from '../../core/text/visible';
import type { IdleProjectFile } from './nodes';
import { row, type Row, type Translate } from './rows';

export function projectFileRow({ name, standing }: IdleProjectFile, t: Translate): Row {
  const warning = { description: visible(name, 60), icon: 'warning', color: 'problemsWarningIcon.foreground' };
  const fault = (problem: { readonly message: string; readonly next: string }): string =>
    `${problem.message}\n${problem.next}`;
  switch (standing.kind) {
    case 'faulty':
      return row({
        ...warning,
        label: t('Project file has a fault'),
        more: () => fault(projectFileFaulty(name, standing.faults)),
      });
    case 'unreadable':
      return row({
        ...warning,
        label: t('Project file cannot be read'),
        more: () => fault(projectFileUnreadable(name, standing.why)),
      });
    case 'proposed':
      return row({
        label:
          standing.approved === null ? t('Project file not approved') : t('Project file changed since it was approved'),
        description: visible(name, 60),
        icon: 'shield',
        more: () => t('{0} has no effect before you have reviewed what it says. Click to review it.', projectFileName),
      });
  }
}
