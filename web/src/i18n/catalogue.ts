// The one catalogue: every part's messages, merged. Keys open with the name of their part.
import { clustersMessages } from '../pages/clusters/strings';
import { dataMessages } from '../pages/data/strings';
import { decisionsMessages } from '../pages/decisions/strings';
import { featuresMessages } from '../pages/features/strings';
import { modelsMessages } from '../pages/models/strings';
import { overviewMessages } from '../pages/overview/strings';
import { peopleMessages } from '../pages/people/strings';
import { qualityMessages } from '../pages/quality/strings';
import { segmentsMessages } from '../pages/segments/strings';
import { settingsMessages } from '../pages/settings/strings';
import { signinMessages } from '../pages/signin/strings';
import { saidMessages } from '../said/strings';
import { uiMessages } from '../ui/strings';

export const catalogue = {
  ...uiMessages,
  ...saidMessages,
  ...signinMessages,
  ...overviewMessages,
  ...dataMessages,
  ...featuresMessages,
  ...qualityMessages,
  ...peopleMessages,
  ...segmentsMessages,
  ...clustersMessages,
  ...modelsMessages,
  ...decisionsMessages,
  ...settingsMessages,
};

export type MessageKey = keyof typeof catalogue;
