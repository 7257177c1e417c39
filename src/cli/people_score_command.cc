// `furrow model score WORKSPACE`: people with the score of a declared model, the highest first, and why: the list to call.
// Reads the stored views and the log's tail without writing, beside a running server too.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <optional>

#include "app/model_versions.h"
#include "base/json.h"
#include "base/number_text.h"
#include "cli/model_command.h"
#include "cli/outputs.h"
#include "cli/workspace_model_command.h"
#include "pipeline/stored_views.h"
#include "table/files.h"

namespace furrow::cli {
namespace {

struct ScoredPerson {
  ProfileId id;
  double score = 0;
  std::vector<std::pair<std::string, double>> reasons;
};

// "visits_30d = 15". What a decision would bring, such as the action, is not there: the score is of the person alone.
std::string reason_text(const predict::Scorer& scorer, size_t input, const std::vector<double>& values, const std::vector<std::string>& texts) {
  const std::string& name = scorer.model().inputs()[input].name;
  for (const auto& each : scorer.feature_inputs()) {
    if (each.input != input) continue;
    if (!std::isnan(values[each.feature])) return fmt::format("{} = {}", name, number_text(values[each.feature]));
    if (!texts[each.feature].empty()) return fmt::format("{} = {}", name, texts[each.feature]);
  }
  return name + " = (missing)";
}

// Those whom the model was asked about in training: seen since `seen_from`.
Result<std::vector<ScoredPerson>> score_everybody(const profile::ProfileView& profiles, const predict::Scorer& scorer, Time as_of, std::optional<Time> seen_from, int most) {
  std::vector<ScoredPerson> people;
  std::vector<double> values(scorer.program().size());
  std::vector<std::string> texts(values.size());
  std::vector<float> row;
  learn::Model::Scratch scratch;
  FURROW_TRY(profiles.for_each([&](const profile::Profile& person) {
    if (seen_from && person.last_seen < *seen_from) return true;
    profile::AsOfReader(scorer.program(), person.journal).evaluate(as_of, values, texts);
    ScoredPerson& scored = people.emplace_back();
    scored.id = person.id;
    scored.score = scorer.score_person(values, texts, row);
    if (most == 0) return true;
    for (const auto& reason : scorer.model().reasons(row.data(), static_cast<size_t>(most), scratch)) {
      scored.reasons.emplace_back(reason_text(scorer, reason.input, values, texts), reason.contribution);
    }
    return true;
  }));
  std::sort(people.begin(), people.end(), [](const auto& a, const auto& b) { return a.score != b.score ? a.score > b.score : a.id < b.id; });
  return people;
}

// id,score, a column for each declared identifier, and the reasons.
table::Table list_of(const std::vector<ScoredPerson>& people, const app::Workspace& workspace, const identity::IdentityView& identity, int reasons) {
  using table::Column, table::ColumnType;
  std::vector<Column> columns;
  columns.emplace_back("id", ColumnType::kText);
  columns.emplace_back("score", ColumnType::kNumber);
  for (const auto& rule : workspace.identity.identifiers) columns.emplace_back(rule.kind, ColumnType::kText);
  const size_t first = columns.size();
  for (int r = 1; r <= reasons; ++r) {
    columns.emplace_back(fmt::format("reason_{}", r), ColumnType::kText);
    columns.emplace_back(fmt::format("contribution_{}", r), ColumnType::kNumber);
  }
  for (const ScoredPerson& person : people) {
    columns[0].append_text(person.id.to_string());
    columns[1].append_number(person.score);
    const auto identifiers = identity.identifiers_of(person.id);
    for (size_t kind = 0; kind < workspace.identity.identifiers.size(); ++kind) {
      std::vector<std::string_view> known;
      for (const auto& identifier : identifiers) {
        if (identifier.kind == workspace.identity.identifiers[kind].kind) known.push_back(identifier.value);
      }
      columns[2 + kind].append_text(fmt::format("{}", fmt::join(known, " ")));
    }
    for (size_t r = 0; r < static_cast<size_t>(reasons); ++r) {
      Column &text = columns[first + 2 * r], &contribution = columns[first + 2 * r + 1];
      if (r < person.reasons.size()) {
        text.append_text(person.reasons[r].first);
        contribution.append_number(person.reasons[r].second);
      } else {
        text.append_null();
        contribution.append_null();
      }
    }
  }
  table::Table out;
  for (auto& column : columns) out.add(std::move(column));
  return out;
}

}  // namespace

Status score_people(const ModelScoreOptions& options) {
  for (auto [name, given] : {std::pair("--id", !options.id.empty()), {"--rejects", !options.rejects.empty()}, {"--level", options.level > 0}, {"--counterfactual", options.counterfactual}}) {
    if (given) return Error(ErrorCode::kInvalidArgument, fmt::format("{} is for rows of a file, and {} is a workspace, whose people are scored", name, options.model)).in_field(name);
  }
  FURROW_TRY(check_outputs({}, {{"--out", options.out}}));
  FURROW_ASSIGN(auto workspace, app::Workspace::load(options.model));
  const std::filesystem::path data = options.workspace_data.empty() ? workspace.default_data_dir() : std::filesystem::path(options.workspace_data);
  const SystemClock clock;
  Time as_of = clock.now();
  if (!options.as_of.empty()) {
    FURROW_ASSIGN(as_of, parse_time(options.as_of));
  }
  WorkspaceModelOptions wanted;
  wanted.name = options.name;
  FURROW_ASSIGN(const std::string name, model_of(workspace, wanted, "--name"));
  const app::ModelVersions versions(workspace, data / "models", clock);
  FURROW_ASSIGN(const auto* declared, versions.declared(name));
  if (declared->intent) return Error(ErrorCode::kInvalidArgument, fmt::format("{} tells how far visits are and gives people no score: their stage is the trait {}, and furrow intent score takes files", name, name)).in_field("--name");
  std::string version = options.version;
  if (version.empty()) {
    FURROW_ASSIGN(auto current, versions.current(name));
    if (!current) return Error(ErrorCode::kNotFound, fmt::format("no version of {} decides yet: furrow model train DIR --name {}, then furrow model promote DIR {} v0001, or say --version", name, name, name)).in_field("name");
    version = *current;
  }
  FURROW_ASSIGN(auto scorer, versions.load(name, version));
  FURROW_ASSIGN(auto stored, pipeline::StoredViews::open(workspace, data));
  std::optional<Time> seen_from;
  if (declared->observations.every > Duration{}) seen_from = as_of - declared->observations.active_within;
  FURROW_ASSIGN(const auto people, score_everybody(*stored.views->profiles, *scorer, as_of, seen_from, options.reasons));
  FURROW_TRY(table::write_table(list_of(people, workspace, *stored.views->identity, options.reasons), options.out));
  double mean = 0;
  for (const auto& person : people) mean += person.score / static_cast<double>(people.size());
  if (options.json) {
    std::string text;
    JsonWriter json(text);
    json.begin_object().field("model", name).field("version", version).field("as_of", format_time(as_of)).field("people", people.size());
    if (seen_from) json.field("seen_from", format_time(*seen_from));
    json.field("mean_score", mean).field("out", options.out).end_object();
    std::cout << text << "\n";
  } else {
    std::cout << fmt::format("{} people scored by {} {} to {}, the highest first, mean score {:.4f}\n", people.size(), name, version, options.out, mean);
    if (seen_from) std::cout << fmt::format("only those seen since {}, as in its training\n", format_time(*seen_from).substr(0, 16));
    if (options.reasons > 0) std::cout << "contributions are in log-odds, before calibration\n";
  }
  return {};
}

}  // namespace furrow::cli
