// The map of the house: which address shows which page. Pages are loaded when they are first opened.
import { lazy, Suspense, useEffect, type ReactNode } from 'react';
import { Link, Route, Routes } from 'react-router-dom';

import { useGet } from './api/live';
import { useSession } from './api/session';
import type { Overview as OverviewData } from './api/types';
import { useLocale } from './i18n/Locale';
import { Overview } from './pages/overview/Overview';
import { Boundary } from './ui/Boundary';
import { Page } from './ui/Page';
import { Shell } from './ui/Shell';
import { Failure, Loading } from './ui/State';

const SignIn = lazy(() => import('./pages/signin/SignIn').then((page) => ({ default: page.SignIn })));
const Data = lazy(() => import('./pages/data/Data').then((page) => ({ default: page.Data })));
const Features = lazy(() => import('./pages/features/Features').then((page) => ({ default: page.Features })));
const FeaturePage = lazy(() => import('./pages/features/FeaturePage').then((page) => ({ default: page.FeaturePage })));
const Quality = lazy(() => import('./pages/quality/Quality').then((page) => ({ default: page.Quality })));
const Reviews = lazy(() => import('./pages/data/Reviews').then((page) => ({ default: page.Reviews })));
const People = lazy(() => import('./pages/people/People').then((page) => ({ default: page.People })));
const Person = lazy(() => import('./pages/people/Person').then((page) => ({ default: page.Person })));
const Segments = lazy(() => import('./pages/segments/Segments').then((page) => ({ default: page.Segments })));
const SegmentPage = lazy(() => import('./pages/segments/SegmentPage').then((page) => ({ default: page.SegmentPage })));
const Builder = lazy(() => import('./pages/segments/Builder').then((page) => ({ default: page.Builder })));
const Clusters = lazy(() => import('./pages/clusters/Clusters').then((page) => ({ default: page.Clusters })));
const Models = lazy(() => import('./pages/models/Models').then((page) => ({ default: page.Models })));
const ModelPage = lazy(() => import('./pages/models/ModelPage').then((page) => ({ default: page.ModelPage })));
const Decisions = lazy(() => import('./pages/decisions/Decisions').then((page) => ({ default: page.Decisions })));
const DecisionPage = lazy(() =>
  import('./pages/decisions/DecisionPage').then((page) => ({ default: page.DecisionPage })),
);
const Settings = lazy(() => import('./pages/settings/Settings').then((page) => ({ default: page.Settings })));

function NotFound() {
  const { t } = useLocale();
  return (
    <Page title={t('ui.notFound.title')} question="">
      <Link to="/">{t('ui.notFound.back')}</Link>
    </Page>
  );
}

function House() {
  const { setRegion } = useLocale();
  const overview = useGet<OverviewData>('/v1/overview');
  const workspace = overview.data?.workspace;
  useEffect(() => {
    if (workspace) setRegion(workspace);
  }, [workspace, setRegion]);
  return (
    <Shell workspace={workspace?.name ?? ''}>
      <Boundary>
        <Suspense fallback={<Loading rows={8} />}>
          <Routes>
            <Route path="/" element={<Overview />} />
            <Route path="/data" element={<Data />} />
            <Route path="/features" element={<Features />} />
            <Route path="/features/:name" element={<FeaturePage />} />
            <Route path="/data/quality" element={<Quality />} />
            <Route path="/data/reviews" element={<Reviews />} />
            <Route path="/people" element={<People />} />
            <Route path="/people/:id" element={<Person />} />
            <Route path="/segments" element={<Segments />} />
            <Route path="/segments/:name" element={<SegmentPage />} />
            <Route path="/segment-builder" element={<Builder />} />
            <Route path="/clusters" element={<Clusters />} />
            <Route path="/models" element={<Models />} />
            <Route path="/models/:name" element={<ModelPage />} />
            <Route path="/decisions" element={<Decisions />} />
            <Route path="/decisions/:id" element={<DecisionPage />} />
            <Route path="/settings" element={<Settings />} />
            <Route path="*" element={<NotFound />} />
          </Routes>
        </Suspense>
      </Boundary>
    </Shell>
  );
}

export function App(): ReactNode {
  const { access } = useSession();
  switch (access.state) {
    case 'loading':
      return <main className="signin"><Loading /></main>;
    case 'failed':
      return <main className="signin"><Failure error={access.error} onRetry={access.retry} /></main>;
    case 'setup':
    case 'signed-out':
      return (
        <Suspense fallback={<main className="signin"><Loading /></main>}>
          <SignIn setup={access.state === 'setup'} />
        </Suspense>
      );
    case 'signed-in':
      return <House />;
  }
}
