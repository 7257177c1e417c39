// How good the default model is: random 80/20 splits, trained on the large part alone, judged once on the small one, beside
// the logistic baseline on the same rows. The small parts of splits 1 to 5 (6 to 10, ...) are disjoint: every row is judged
// once by a model that has not seen it. Prints means over splits with their 95 % t-intervals.
//   quality_bench DATA TARGET [splits] [dropped,columns]      one file
//   quality_bench all FOLDER [splits] [names,of,sets]         the labelled tables of FOLDER (shared/data), a row a set
// `ece` is that of a split; `ece if perfect` what scores that were exactly right would show on as many rows; `ece pooled` is
// over the held-out rows of five disjoint splits together (mean over such fives), and beside it what perfect scores would show on
// them: the mean, and what they stay below 19 times in 20.
#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <set>
#include <sstream>

#include "base/files.h"
#include "base/random.h"
#include "bench/splits.h"
#include "learn/dataset_from_table.h"
#include "learn/folds.h"
#include "learn/linear.h"
#include "learn/target.h"
#include "learn/trainer.h"
#include "table/files.h"

namespace furrow::learn {
namespace {

std::vector<std::string> parts_of(std::string_view list) {
  std::vector<std::string> out;
  for (size_t at = 0; at < list.size();) {
    size_t end = std::min(list.find(',', at), list.size());
    out.emplace_back(list.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

struct Figures {
  std::vector<double> auc, pr_auc, loss, ece, perfect, base_auc, base_pr_auc, base_loss, ahead, seconds;
  std::vector<double> pooled, pooled_perfect, pooled_most;  // of each five splits
  size_t rows = 0;
};

constexpr int kParts = 5;  // disjoint small parts of one shuffle

// Judged rows of disjoint splits.
struct Pool {
  std::vector<double> scores;
  std::vector<float> labels;
};

void judge_pool(Pool& pool, Figures& out) {
  constexpr int kDraws = 400;
  if (pool.scores.empty()) return;
  out.pooled.push_back(calibration_error(pool.scores, pool.labels));
  Random random(1);
  std::vector<double> perfect;
  std::vector<float> labels(pool.scores.size());
  for (int draw = 0; draw < kDraws; ++draw) {
    for (size_t i = 0; i < labels.size(); ++i) labels[i] = random.uniform() < pool.scores[i] ? 1.0f : 0.0f;
    perfect.push_back(calibration_error(pool.scores, labels));
  }
  std::sort(perfect.begin(), perfect.end());
  out.pooled_perfect.push_back(mean_of(perfect).value);
  out.pooled_most.push_back(perfect[kDraws * 19 / 20]);
  pool = {};
}

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

Status run_split(const Dataset& data, const Target& target, const TrainOptions& options, int split, Figures& out, Pool& pool) {
  Fold fold = random_folds(target.labels, true, kParts, 1000 + static_cast<uint64_t>(split / kParts))[static_cast<size_t>(split % kParts)];
  std::vector<uint32_t> train_rows, test_rows;
  std::vector<float> train_labels, labels;
  for (uint32_t p : fold.train) train_rows.push_back(target.rows[p]), train_labels.push_back(target.labels[p]);
  for (uint32_t p : fold.held_out) test_rows.push_back(target.rows[p]), labels.push_back(target.labels[p]);
  double start = processor_seconds();
  FURROW_ASSIGN(Trained trained, train(take(data, train_rows), options));
  out.seconds.push_back(processor_seconds() - start);
  FURROW_ASSIGN(Encoder encoder, Encoder::parse(trained.files.encoding));
  FURROW_ASSIGN(Forest forest, Forest::parse(trained.files.model));
  FURROW_ASSIGN(Calibration calibration, Calibration::parse(trained.files.calibration));
  FURROW_ASSIGN(Samples test, encoder.encode(data, test_rows));
  // The baseline learns from rates that are out of the row itself, as the model does.
  std::vector<std::string> ignored = options.drop;
  ignored.push_back(options.target);
  Samples base_train;
  FURROW_ASSIGN(Encoder base_encoder, Encoder::fit(data, ignored, train_rows, train_labels, options.seed, &base_train));
  FURROW_ASSIGN(Samples base_test, base_encoder.encode(data, test_rows));
  FURROW_ASSIGN(LinearModel baseline, LinearModel::fit_chosen(Task::kBinary, base_train, 1));
  std::vector<double> scores, base;
  for (size_t i = 0; i < labels.size(); ++i) {
    scores.push_back(calibration.probability(forest.margin(test.row(i))));
    base.push_back(baseline.predict(base_test.row(i)));
  }
  FURROW_ASSIGN(auto ours, binary_quality(scores, labels, 1));
  FURROW_ASSIGN(auto theirs, binary_quality(base, labels, 1));
  out.auc.push_back(ours.auc.value);
  out.pr_auc.push_back(ours.pr_auc.value);
  out.loss.push_back(ours.log_loss.value);
  out.ece.push_back(ours.ece.value);
  out.perfect.push_back(calibration_error_of_perfect_scores(scores, 1));
  out.base_auc.push_back(theirs.auc.value);
  out.base_pr_auc.push_back(theirs.pr_auc.value);
  out.base_loss.push_back(theirs.log_loss.value);
  out.ahead.push_back(ours.auc.value - theirs.auc.value);
  pool.scores.insert(pool.scores.end(), scores.begin(), scores.end());
  pool.labels.insert(pool.labels.end(), labels.begin(), labels.end());
  return {};
}

Result<Figures> measure(const std::string& path, const std::string& name, const std::vector<std::string>& drop, int splits) {
  FURROW_ASSIGN(table::Table table, table::read_table(path));
  Dataset data = dataset_from_table(table);
  TrainOptions options;
  options.target = name;
  options.drop = drop;
  if (const char* threads = std::getenv("THREADS")) options.threads = std::atoi(threads);
  FURROW_ASSIGN(Target target, read_target(data, name, ""));
  Figures out;
  out.rows = target.rows.size();
  Pool pool;
  for (int s = 0; s < splits; ++s) {
    FURROW_TRY(run_split(data, target, options, s, out, pool));
    if ((s + 1) % kParts == 0) judge_pool(pool, out);
    fmt::print(stderr, "split {}: auc {:.4f}, logistic {:.4f}, {:.1f} s of processor time to train\n", s + 1, out.auc.back(), out.base_auc.back(), out.seconds.back());
  }
  judge_pool(pool, out);
  return out;
}

// Lines of a plain or gzipped text.
std::vector<std::string> lines_of(const std::string& path) {
  std::vector<std::string> lines;
  gzFile file = gzopen(path.c_str(), "rb");
  std::string line;
  for (int c; file && (c = gzgetc(file)) >= 0;) {
    if (c == '\n') lines.push_back(std::move(line)), line.clear();
    else if (c != '\r') line += static_cast<char>(c);
  }
  if (file) gzclose(file);
  if (!line.empty()) lines.push_back(line);
  return lines;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size()) text.replace(at, from.size(), to);
  return text;
}

// Sets whose files have no header, or whose label is in a second file, written out as one CSV.
std::string prepared(const std::string& name, const std::string& folder, const std::string& scratch) {
  std::string path = scratch + "/" + name + ".csv";
  std::ofstream out(path);
  if (name == "adult") {
    out << "age,workclass,fnlwgt,education,education_num,marital,occupation,relationship,race,sex,gain,loss,hours,country,income\n";
    for (const char* part : {"adult.data.gz", "adult.test.gz"}) {
      for (const std::string& line : lines_of(folder + "/adult/" + part)) {
        if (line.empty() || line[0] == '|') continue;
        std::string row = replaced(line, ", ", ",");
        if (row.ends_with('.')) row.pop_back();
        out << row << "\n";
      }
    }
  } else if (name == "german_credit") {
    for (int c = 1; c <= 20; ++c) out << "c" << c << ",";
    out << "label\n";
    for (const std::string& line : lines_of(folder + "/german_credit/german.data")) out << replaced(line, " ", ",") << "\n";
  } else if (name == "criteo") {
    out << "click";
    for (int c = 1; c <= 39; ++c) out << (c <= 13 ? ",i" : ",c") << c;
    out << "\n";
    for (const char* part : {"train", "dev", "test"}) {
      for (const std::string& line : lines_of(folder + "/criteo_display_sample/" + part + ".csv.gz")) out << replaced(line, "\t", ",") << "\n";
    }
  } else if (name == "olist_leads") {
    std::set<std::string> won;
    for (const std::string& line : lines_of(folder + "/olist_leads/olist_closed_deals_dataset.csv.gz")) won.insert(line.substr(0, line.find(',')));
    bool header = true;
    for (const std::string& line : lines_of(folder + "/olist_leads/olist_marketing_qualified_leads_dataset.csv.gz")) {
      out << line << "," << (header ? "won" : won.count(line.substr(0, line.find(','))) ? "1" : "0") << "\n";
      header = false;
    }
  }
  return path;
}

struct Set {
  const char *name, *file, *target, *drop;
};
constexpr Set kSets[] = {
    {"telco_churn", "telco_churn/Telco-Customer-Churn.csv.gz", "Churn", "customerID"},
    {"bank_marketing", "bank_marketing/bank-additional-full.csv.gz", "y", "duration"},
    {"online_shoppers", "online_shoppers/online_shoppers_intention.csv.gz", "Revenue", "Administrative"},
    {"coil2000", "coil2000_insurance/ticdata.csv.gz", "CARAVAN", ""},
    {"mlc_churn", "mlc_churn/mlc_churn.csv.gz", "churn", ""},
    {"customer_personality", "customer_personality/marketing_campaign.csv.gz", "Response", "ID"},
    {"olist_leads", "", "won", "mql_id"},
    {"criteo", "", "click", ""},
    {"adult", "", "income", ""},
    {"german_credit", "", "label", ""},
    {"hillstrom_visit", "hillstrom/hillstrom.csv.gz", "visit", "conversion,spend"},
};

int run_all(const std::string& folder, int splits, const std::vector<std::string>& wanted) {
  TemporaryFolder scratch;
  fmt::print("| set | rows | AUC | PR-AUC | log loss | ECE | ECE if perfect | ECE pooled | pooled if perfect | logistic AUC | logistic PR-AUC | AUC ahead | training, processor s |\n|{}\n",
             replaced(std::string(13, '-'), "-", " --- |"));
  for (const Set& set : kSets) {
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), set.name) == wanted.end()) continue;
    std::string path = *set.file ? folder + "/" + set.file : prepared(set.name, folder, scratch.path().string());
    auto f = measure(path, set.target, parts_of(set.drop), splits);
    if (!f.ok()) {
      fmt::print(stderr, "{}: {}\n", set.name, f.error().to_string());
      continue;
    }
    fmt::print("| {} | {} | {} | {} | {} | {} | {:.4f} | {:.4f} | {:.4f} (< {:.4f}) | {} | {} | {} | {:.1f} |\n", set.name, f->rows, show(f->auc), show(f->pr_auc), show(f->loss), show(f->ece),
               mean_of(f->perfect).value, mean_of(f->pooled).value, mean_of(f->pooled_perfect).value, mean_of(f->pooled_most).value, show(f->base_auc), show(f->base_pr_auc), show(f->ahead), mean_of(f->seconds).value);
    std::fflush(stdout);
  }
  return 0;
}

int run(int argc, char** argv) {
  if (argc < 3) return fmt::print(stderr, "usage: quality_bench DATA TARGET [splits] [dropped,columns]\n       quality_bench all FOLDER [splits] [sets]\n"), 2;
  int splits = argc > 3 ? std::atoi(argv[3]) : 10;
  std::vector<std::string> list = parts_of(argc > 4 ? argv[4] : "");
  if (std::string_view(argv[1]) == "all") return run_all(argv[2], splits, list);
  auto f = measure(argv[1], argv[2], list, splits);
  if (!f.ok()) return fmt::print(stderr, "{}\n", f.error().to_string()), 1;
  fmt::print("{} ({}), {} splits of 80/20\n", argv[1], argv[2], splits);
  for (const auto& [name, values] : {std::pair("auc", &f->auc), {"pr_auc", &f->pr_auc}, {"log_loss", &f->loss}, {"ece", &f->ece}, {"ece if perfect", &f->perfect}, {"logistic auc", &f->base_auc},
                                     {"logistic pr_auc", &f->base_pr_auc}, {"logistic log_loss", &f->base_loss}, {"auc ahead", &f->ahead}, {"training s", &f->seconds}}) {
    fmt::print("  {:<18} {}\n", name, show(*values));
  }
  fmt::print("  {:<18} {:.4f}; if perfect {:.4f}, < {:.4f}\n", "ece pooled", mean_of(f->pooled).value, mean_of(f->pooled_perfect).value, mean_of(f->pooled_most).value);
  return 0;
}

}  // namespace
}  // namespace furrow::learn

int main(int argc, char** argv) { return furrow::learn::run(argc, argv); }
