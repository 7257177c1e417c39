#include "predict/workspace_training.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/files.h"
#include "learn/linear.h"
#include "learn/trainer.h"
#include "predict/scorer.h"

namespace furrow::predict {
namespace {

learn::Dataset rows_of(const learn::Dataset& data, const std::vector<uint32_t>& rows) {
  learn::Dataset out;
  out.rows = rows.size();
  for (const learn::Column& column : data.columns) {
    learn::Column& chosen = out.columns.emplace_back();
    chosen.name = column.name;
    chosen.kind = column.kind;
    chosen.levels = column.levels;
    for (uint32_t row : rows) {
      if (column.kind == learn::ColumnKind::kText) chosen.codes.push_back(column.codes[row]);
      else chosen.numbers.push_back(column.numbers[row]);
    }
  }
  return out;
}

// The rows to learn from and the rows to judge by.
struct Split {
  std::vector<uint32_t> train, holdout;
  Time at;
  size_t purged = 0;
};

Split split_by_time(const TrainingSet& set, const ModelDeclaration& model) {
  Split split;
  auto first = static_cast<size_t>(static_cast<double>(set.times.size()) * (1 - model.holdout_last));
  split.at = set.times[std::min(first, set.times.size() - 1)];
  for (uint32_t i = 0; i < set.times.size(); ++i) {
    if (set.times[i] >= split.at) split.holdout.push_back(i);
    else if (set.times[i] + model.label.within < split.at) split.train.push_back(i);
    else ++split.purged;
  }
  return split;
}

size_t positives_in(const TrainingSet& set, const std::vector<uint32_t>& rows) {
  const learn::Column* label = set.data.find(kLabelColumn);
  return static_cast<size_t>(std::count_if(rows.begin(), rows.end(), [&](uint32_t row) { return label->numbers[row] > 0; }));
}

enum class Part { kLearnt, kJudged };

std::string too_few_rows(Part part, size_t rows) {
  if (part == Part::kLearnt) return fmt::format("{} rows to learn from are too few, {} are needed", rows, kLeastTrainingRows);
  return fmt::format("{} rows to judge by are too few, {} are needed", rows, kLeastTrainingRows);
}

std::string too_few_of_a_kind(Part part, size_t rows, size_t positives, const std::string& label) {
  if (part == Part::kLearnt) return fmt::format("of {} rows to learn from, {} are \"{}\"; at least {} of them and of the others are needed", rows, positives, label, kLeastPositives);
  return fmt::format("of {} rows to judge by, {} are \"{}\"; at least {} of them and of the others are needed", rows, positives, label, kLeastPositives);
}

Status check_enough(const TrainingSet& set, const ModelDeclaration& model, const Split& split) {
  auto too_little = [&](std::string what) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("model {} cannot be trained yet: {}. {} observations were found, {} of them too recent for their "
                             "outcome to be known", model.name, what, set.observations, set.censored));
  };
  std::pair<Part, const std::vector<uint32_t>*> parts[] = {{Part::kLearnt, &split.train}, {Part::kJudged, &split.holdout}};
  for (const auto& [part, rows] : parts) {
    if (rows->size() < kLeastTrainingRows) return too_little(too_few_rows(part, rows->size()));
    size_t positives = positives_in(set, *rows);
    if (positives < kLeastPositives || rows->size() - positives < kLeastPositives) {
      return too_little(too_few_of_a_kind(part, rows->size(), positives, in_words(model.label)));
    }
  }
  return {};
}

learn::TrainOptions train_options(const WorkspaceTrainingOptions& options, const std::vector<std::string>& compared, double from, double to) {
  learn::TrainOptions train;
  train.target = kLabelColumn;
  train.positive = "1";
  train.time = kTimeColumn;
  train.seed = options.seed;
  train.threads = options.threads;
  train.furrow_version = options.furrow_version;
  train.stop = options.stop;
  train.general = options.general;
  train.compared = compared;
  if (options.progress) {
    train.progress = [progress = options.progress, from, to](double share, std::string_view what) {
      progress(from + (to - from) * share, what);
    };
  }
  return train;
}

std::vector<float> labels_of(const TrainingSet& set, const std::vector<uint32_t>& rows) {
  std::vector<float> labels;
  const learn::Column* label = set.data.find(kLabelColumn);
  for (uint32_t row : rows) labels.push_back(static_cast<float>(label->numbers[row]));
  return labels;
}

// Groups of rows by how often their person was observed before them.
std::vector<HistorySlice> slices_by_history(const TrainingSet& set, const std::vector<uint32_t>& rows, const std::vector<double>& scores, const std::vector<float>& labels) {
  constexpr std::pair<size_t, const char*> kFrom[] = {{0, "0"}, {1, "1"}, {2, "2"}, {3, "3-5"}, {6, "6+"}};
  std::unordered_map<ProfileId, size_t> met;
  std::vector<size_t> earlier(set.people.size());
  for (size_t i = 0; i < set.people.size(); ++i) earlier[i] = met[set.people[i]]++;
  std::vector<HistorySlice> out;
  for (size_t g = 0; g < std::size(kFrom); ++g) {
    HistorySlice slice{kFrom[g].second, 0, 0, 0, std::nullopt};
    std::vector<double> own_scores;
    std::vector<float> own_labels;
    for (size_t k = 0; k < rows.size(); ++k) {
      if (earlier[rows[k]] < kFrom[g].first || (g + 1 < std::size(kFrom) && earlier[rows[k]] >= kFrom[g + 1].first)) continue;
      own_scores.push_back(scores[k]);
      own_labels.push_back(labels[k]);
      slice.mean_score += scores[k];
      slice.rate += static_cast<double>(labels[k]);
    }
    slice.rows = own_scores.size();
    if (slice.rows == 0) continue;
    double positives = slice.rate;
    slice.mean_score /= static_cast<double>(slice.rows);
    slice.rate /= static_cast<double>(slice.rows);
    if (positives > 0 && positives < static_cast<double>(slice.rows)) slice.auc = learn::auc(own_scores, own_labels);
    out.push_back(std::move(slice));
  }
  return out;
}

// Trains on the one part, scores the other once, and a logistic regression beside it.
Status judge(const TrainingSet& set, const Split& split, const std::vector<std::string>& compared, const WorkspaceTrainingOptions& options, WorkspaceTrained& out) {
  FURROW_ASSIGN(auto trained, learn::train(rows_of(set.data, split.train), train_options(options, compared, 0.1, 0.5)));
  TemporaryFolder folder;
  FURROW_TRY(learn::write_model(trained.files, folder.path() / "judged"));
  FURROW_ASSIGN(auto model, learn::Model::load(folder.path() / "judged"));
  FURROW_ASSIGN(learn::Samples train, model->encoder().encode(set.data, split.train));
  FURROW_ASSIGN(learn::Samples holdout, model->encoder().encode(set.data, split.holdout));
  train.labels = labels_of(set, split.train);
  FURROW_ASSIGN(auto linear, learn::LinearModel::fit(learn::Task::kBinary, train));
  std::vector<float> labels = labels_of(set, split.holdout);
  std::vector<double> scores, linear_scores;
  for (size_t i = 0; i < labels.size(); ++i) {
    const float* row = holdout.values.data() + i * holdout.columns;
    scores.push_back(model->score_encoded(row));
    linear_scores.push_back(linear.predict(row));
  }
  FURROW_ASSIGN(out.choice, choice_value(*model, set.data, compared, split.train, split.holdout, set.people, labels, set.chances));
  out.by_history = slices_by_history(set, split.holdout, scores, labels);
  FURROW_ASSIGN(out.holdout, learn::binary_quality(scores, labels, options.seed));
  FURROW_ASSIGN(out.baseline, learn::binary_quality(linear_scores, labels, options.seed));
  return {};
}

// Puts a member first into a JSON object's text.
void prepend(std::string& object, const std::string& member) {
  object.insert(1, object == "{}" ? member : member + ",");
}

void add_metrics(const WorkspaceTrained& out, std::string& metrics) {
  std::string member = "\"holdout\":";
  JsonWriter json(member);
  json.begin_object().field("split", format_time(out.split)).key("quality");
  learn::write_json(json, out.holdout);
  json.key("baseline");
  learn::write_json(json, out.baseline);
  if (out.choice) write_json(json.key("choice"), *out.choice);
  json.key("by_history").begin_array();
  for (const HistorySlice& s : out.by_history) {
    json.begin_object().field("earlier", s.earlier).field("rows", s.rows).field("rate", s.rate).field("mean_score", s.mean_score);
    if (s.auc) json.field("auc", *s.auc);
    json.end_object();
  }
  json.end_array().end_object();
  prepend(metrics, member);
}

void add_lineage(const ModelDeclaration& model, const TrainingSet& set, const profile::FeatureProgram& program,
                 const WorkspaceTrained& out, std::string& lineage) {
  std::string member = "\"workspace\":";
  JsonWriter json(member);
  json.begin_object().field("model", model.name).field("first_position", set.first.value).field("last_position", set.last.value);
  json.field("from", format_time(out.from)).field("to", format_time(out.to)).field("holdout_from", format_time(out.split));
  json.field("observations", set.observations).field("censored", set.censored).field("thinned", set.thinned);
  if (set.recorded_from) json.field("unrecorded", set.unrecorded).field("recorded_from", format_time(*set.recorded_from));
  json.field("rows", out.rows).field("positives", out.positives).field("purged", out.purged_rows);
  json.field("label", model.label.event).field("within", format_duration(model.label.within));
  if (model.label.absent) json.field("absent", true);
  json.field("observe", model.observations.event.empty() ? format_duration(model.observations.every) : model.observations.event);
  json.key("features").begin_object();
  for (const auto& definition : program.definitions()) {
    if (set.data.find(definition.name)) json.field(definition.name, fmt::format("{:016x}", feature_hash(definition)));
  }
  json.end_object().key("feature_versions").begin_object();
  for (const auto& definition : program.definitions()) {
    if (set.data.find(definition.name)) json.field(definition.name, definition.version);
  }
  json.end_object().end_object();
  prepend(lineage, member);
}

}  // namespace

bool worse_than_baseline(const WorkspaceTrained& trained) { return trained.holdout.log_loss.low > trained.baseline.log_loss.high; }

Result<WorkspaceTrained> train_in_workspace(const ModelDeclaration& model, std::shared_ptr<const profile::FeatureProgram> program,
                                            const RecordSource& records, learn::Registry& registry,
                                            const WorkspaceTrainingOptions& options) {
  if (options.progress) options.progress(0, "reading the log");
  FURROW_ASSIGN(TrainingSet set, build_training_set(model, program, records));
  WorkspaceTrained out;
  out.observations = set.observations;
  out.censored = set.censored;
  out.unrecorded = set.unrecorded;
  out.recorded_from = set.recorded_from;
  out.thinned = set.thinned;
  out.rows = set.data.rows;
  out.positives = set.positives;
  if (set.times.empty()) {
    FURROW_TRY(check_enough(set, model, {}));
  }
  Split split = split_by_time(set, model);
  FURROW_TRY(check_enough(set, model, split));
  out.from = set.times.front(), out.split = split.at, out.to = set.times.back();
  out.train_rows = split.train.size();
  out.purged_rows = split.purged;
  const std::vector<std::string>& compared = model.action_features;  // a placement scores each of its actions
  FURROW_TRY(judge(set, split, compared, options, out));
  FURROW_ASSIGN(auto trained, learn::train(set.data, train_options(options, compared, 0.5, 1)));
  out.cross_validated = trained.binary;
  out.importance = trained.importance;
  add_metrics(out, trained.files.metrics);
  add_lineage(model, set, *program, out, trained.files.lineage);
  FURROW_ASSIGN(auto added, registry.add(model.name, trained.files));
  out.version = added.version;
  out.folder = added.folder;
  return out;
}

}  // namespace furrow::predict
