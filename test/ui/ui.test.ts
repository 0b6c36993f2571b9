/**
 * The layer `ui`: a person with mouse and keyboard in front of the real workbench, on the lab's real hosts. One window
 * serves all suites, so they stand in one Mocha file. Each test begins with the window as it was opened.
 */
import { suiteOfAudits } from './audits';
import { suiteOfCheckpoints } from './checkpoints';
import { suiteOfDoctor } from './doctor';
import { suiteOfEmergencyStops } from './emergencyStops';
import { suiteOfErrorRows } from './errorRows';
import { suiteOfFirstPicture } from './firstPicture';
import { suiteOfFirstMinute } from './firstMinute';
import { suiteOfFollowing } from './follow';
import { suiteOfHostRows } from './hostRows';
import { suiteOfInstalled } from './installed';
import { suiteOfKeyboard } from './keyboard';
import { LabWindow } from './labWindow';
import { suiteOfLargeQueues } from './largeQueues';
import { suiteOfLogs } from './logs';
import { suiteOfLongAndHostile } from './longAndHostile';
import { suiteOfLostHost } from './lostHost';
import { suiteOfQuarantine } from './quarantine';
import { suiteOfProjects } from './projects';
import { suiteOfPushes } from './pushes';
import { suiteOfQuestions } from './questions';
import { suiteOfRefreshes } from './refreshes';
import { suiteOfRestarts } from './restarts';
import { suiteOfRequeue } from './requeue';
import { suiteOfRestrictedMode } from './restrictedMode';
import { suiteOfSecondFactors } from './secondFactors';
import { suiteOfSettings } from './settings';
import { suiteOfSurvivors } from './survivors';
import { suiteOfVerbs } from './verbs';
import { suiteOfWorkdays } from './workdays';

describe('the workbench', () => {
  const window = new LabWindow();

  before(() => window.open());
  after(() => window.close());

  beforeEach(() => window.reset());

  // A hook that failed leaves its test without a state.
  afterEach(async function () {
    if (this.currentTest === undefined || this.currentTest.state === 'passed') return;
    for (const path of await window.pictures(this.currentTest.fullTitle())) console.log(`      Picture: ${path}`);
  });

  suiteOfHostRows(window);
  suiteOfAudits(window);
  suiteOfPushes(window);
  suiteOfRefreshes(window);
  suiteOfKeyboard(window);
  suiteOfSettings(window);
  suiteOfFirstMinute(window);
  suiteOfErrorRows(window);
  suiteOfDoctor(window);
  suiteOfSurvivors(window);
  suiteOfVerbs(window);
  suiteOfRestarts(window);
  suiteOfQuarantine(window);
  suiteOfEmergencyStops(window);
  suiteOfRequeue(window);
  suiteOfLostHost(window);
  suiteOfQuestions(window);
  suiteOfSecondFactors(window);
  suiteOfLongAndHostile(window);
  suiteOfLargeQueues(window);
  suiteOfFirstPicture(window);
  suiteOfLogs(window);
  suiteOfCheckpoints(window);
  suiteOfFollowing(window);
  suiteOfRestrictedMode(window);
  suiteOfProjects(window);
  suiteOfWorkdays(window);
  suiteOfInstalled(window);
});
