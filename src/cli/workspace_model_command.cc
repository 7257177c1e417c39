#include "cli/workspace_model_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <iostream>
#include <memory>

#include "app/model_jobs.h"
#include "base/files.h"
#include "base/json.h"
#include "cli/interrupt.h"
#include "cli/model_input.h"
#include "cli/model_show.h"
#include "cli/operator_name.h"
#include "cli/training_progress.h"
#include "learn/model.h"

namespace furrow::cli {
namespace {

std::filesystem::path data_of(const app::Workspace& workspace, const WorkspaceModelOptions& options) {
  return options.data.empty() ? workspace.default_data_dir() : std::filesystem::path(options.data);
}

std::string choice_in_words(const predict::ChoiceValue& c) {
  auto rate = [](const learn::Measure& m) { return fmt::format("{:.2f} % [{:.2f}, {:.2f}]", 100 * m.value, 100 * m.low, 100 * m.high); };
  return fmt::format("choosing among {} actions for each person by it, told from the held-out rows (doubly robust):\n"
                     "  {}; the best one for everybody ({}) {}; what was done {:.2f} %\n"
                     "  {:+.2f} points [{:+.2f}, {:+.2f}] over the best for everybody, {:+.2f} [{:+.2f}, {:+.2f}] over what was done\n",
                     c.actions, rate(c.chosen), c.best_action, rate(c.best_for_all), 100 * c.as_it_was, 100 * c.gain.value, 100 * c.gain.low, 100 * c.gain.high,
                     100 * c.gain_over_past.value, 100 * c.gain_over_past.low, 100 * c.gain_over_past.high);
}

void print_trained(const predict::WorkspaceTrained& t, const std::string& name, bool as_json) {
  std::pair<const char*, std::pair<const learn::Measure*, const learn::Measure*>> rows[] = {
      {"auc", {&t.holdout.auc, &t.baseline.auc}}, {"pr_auc", {&t.holdout.pr_auc, &t.baseline.pr_auc}},
      {"log_loss", {&t.holdout.log_loss, &t.baseline.log_loss}}, {"brier", {&t.holdout.brier, &t.baseline.brier}},
      {"ece", {&t.holdout.ece, &t.baseline.ece}}, {"lift_at_10pct", {&t.holdout.lift_at_10pct, &t.baseline.lift_at_10pct}}};
  if (as_json) {
    std::string out;
    JsonWriter json(out);
    json.begin_object().field("model", name).field("version", t.version).field("folder", t.folder.string());
    json.field("observations", t.observations).field("censored", t.censored).field("unrecorded", t.unrecorded).field("rows", t.rows).field("positives", t.positives);
    json.field("holdout_from", format_time(t.split)).field("train_rows", t.train_rows).field("holdout_rows", t.holdout.rows);
    for (const auto& [measure, values] : rows) json.field(measure, values.first->value);
    json.key("holdout");
    learn::write_json(json, t.holdout);
    json.key("baseline");
    learn::write_json(json, t.baseline);
    json.field("worse_than_baseline", predict::worse_than_baseline(t));
    if (t.choice) predict::write_json(json.key("choice"), *t.choice);
    json.end_object();
    std::cout << out << "\n";
    return;
  }
  std::cout << fmt::format("{} observations, {} too recent to be labelled; {} rows, {} positive\n", t.observations, t.censored, t.rows, t.positives);
  if (t.recorded_from) {
    std::cout << fmt::format("{} observations from before {}, since when what is to be foreseen has been recorded, are left out: nobody knows what came of them\n", t.unrecorded, format_time(*t.recorded_from).substr(0, 10));
  }
  std::cout << fmt::format("learnt from {} rows, judged on {} rows from {} on, with 95 % intervals:\n", t.train_rows, t.holdout.rows, format_time(t.split));
  std::cout << fmt::format("  {:<14} {:<28}{}\n", "", "model", "logistic baseline");
  for (const auto& [measure, values] : rows) {
    auto show = [](const learn::Measure& m) { return fmt::format("{:.4f}  [{:.4f}, {:.4f}]", m.value, m.low, m.high); };
    std::cout << fmt::format("  {:<14} {:<28}{}\n", measure, show(*values.first), show(*values.second));
  }
  if (predict::worse_than_baseline(t)) {
    std::cout << "warning: on the rows kept aside the model is worse than the logistic baseline, by more than chance: what it learnt from is not like what came later; do not promote it\n";
  }
  if (t.choice) std::cout << choice_in_words(*t.choice);
  std::cout << "what moves the score most (mean |SHAP|):\n";
  for (size_t i = 0; i < t.importance.size() && i < 5; ++i) std::cout << fmt::format("  {:<28} {:.3f}\n", t.importance[i].first, t.importance[i].second);
  std::cout << fmt::format("{} {} is registered; it decides once promoted: furrow model promote DIR {} {}\n", name, t.version, name, t.version);
}

Status print_intent_version(const predict::IntentVersion& version, const std::string& name, bool as_json) {
  if (as_json) {
    FURROW_ASSIGN(auto metrics, read_file(version.folder / "metrics.json"));
    FURROW_ASSIGN(auto lineage, read_file(version.folder / "lineage.json"));
    std::string out;
    JsonWriter json(out);
    json.begin_object().field("model", name).field("version", version.version).field("folder", version.folder.string());
    json.key("metrics").raw(metrics).key("lineage").raw(lineage).end_object();
    std::cout << out << "\n";
    return {};
  }
  print_intent(version.trained);
  std::cout << fmt::format("{} {} is registered; it tells traits.{} once promoted: furrow model promote DIR {} {}\n", name, version.version, name, name, version.version);
  return {};
}

std::string stage_of(const learn::ModelVersion& version, const learn::ModelStages& stages) {
  if (version.version == stages.canary) return fmt::format("canary for {:g} % of the people", 100 * stages.canary_share);
  return version.version == stages.shadow ? "shadow" : "";
}

std::string approved_by(const std::vector<learn::ModelEvent>& history, const std::string& version) {
  std::string by;
  for (const auto& event : history) {
    if (event.action == "approved" && event.version == version) by = event.actor;
  }
  return by;
}

Status list(const WorkspaceModelOptions& options) {
  FURROW_ASSIGN(auto workspace, app::Workspace::load(options.workspace));
  SystemClock clock;
  app::ModelJobs jobs(workspace, data_of(workspace, options), clock);
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("models").begin_array();
  if (workspace.models.empty() && !options.json) std::cout << kNoModels << "\n";
  for (const auto& model : workspace.models) {
    auto versions = jobs.versions(model.name);
    if (!versions.ok() && versions.error().code() != ErrorCode::kNotFound) return std::move(versions).error();
    learn::ModelStages stages;
    std::vector<learn::ModelEvent> history;
    if (versions.ok()) {
      FURROW_ASSIGN(stages, jobs.known().stages(model.name));
      FURROW_ASSIGN(history, jobs.known().history(model.name));
    }
    json.begin_object().field("name", model.name).field("owner", model.life.owner).key("versions").begin_array();
    if (!options.json && (!versions.ok() || versions->empty())) std::cout << fmt::format("{:<24} not trained yet\n", model.name);
    for (const auto& v : versions.value_or({})) {
      std::string stage = stage_of(v, stages), approved = approved_by(history, v.version);
      json.begin_object().field("version", v.version).field("state", learn::to_string(v.state)).field("stage", stage).field("approved_by", approved).field("folder", v.folder.string()).end_object();
      if (!options.json) {
        std::cout << fmt::format("{:<24} {}  {}{}{}\n", model.name, v.version, learn::to_string(v.state), stage.empty() ? "" : ", " + stage, approved.empty() ? "" : ", approved by " + approved);
      }
    }
    json.end_array().end_object();
  }
  json.end_array().end_object();
  if (options.json) std::cout << out << "\n";
  return {};
}

Status show(const WorkspaceModelOptions& options) {
  FURROW_ASSIGN(auto workspace, app::Workspace::load(options.workspace));
  FURROW_ASSIGN(std::string name, model_of(workspace, options));
  SystemClock clock;
  app::ModelJobs jobs(workspace, data_of(workspace, options), clock);
  FURROW_ASSIGN(auto versions, jobs.versions(name));
  if (versions.empty()) return Error(ErrorCode::kNotFound, fmt::format("model {} was never trained: furrow model train DIR --name {}", name, name));
  const learn::ModelVersion* chosen = &versions.back();
  for (const auto& v : versions) {
    if (options.version.empty() ? v.state == learn::VersionState::kPromoted : v.version == options.version) chosen = &v;
  }
  if (!options.version.empty() && chosen->version != options.version) {
    return Error(ErrorCode::kNotFound, fmt::format("model {} has no version {}", name, options.version)).in_field("version");
  }
  const bool tells_stages = workspace.find_model(name)->intent.has_value();
  std::shared_ptr<const learn::Model> model;
  if (tells_stages) {
    FURROW_TRY(jobs.known().load_intent(name, chosen->version));
  } else {
    FURROW_ASSIGN(model, learn::Model::load(chosen->folder));
  }
  FURROW_ASSIGN(std::string metrics, read_file(chosen->folder / "metrics.json"));
  FURROW_ASSIGN(std::string lineage, read_file(chosen->folder / "lineage.json"));
  FURROW_ASSIGN(auto stages, jobs.known().stages(name));
  FURROW_ASSIGN(auto history, jobs.known().history(name));
  const std::string owner = workspace.find_model(name)->life.owner, stage = stage_of(*chosen, stages), approved = approved_by(history, chosen->version);
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("name", name).field("version", chosen->version).field("state", learn::to_string(chosen->state)).field("stage", stage);
  json.field("owner", owner).field("approved_by", approved).key("history").begin_array();
  for (const auto& event : history) {
    if (event.version != chosen->version) continue;
    json.begin_object().field("time", event.time).field("action", event.action).field("actor", event.actor).field("note", event.note).end_object();
  }
  json.end_array().key("inputs").begin_array();
  for (size_t i = 0; model && i < model->inputs().size(); ++i) json.text(model->inputs()[i].name);
  json.end_array().key("metrics").raw(metrics).key("lineage").raw(lineage).end_object();
  if (options.json) {
    std::cout << out << "\n";
    return {};
  }
  if (model) {
    std::cout << describe_model(*chosen, *model);
  } else {
    FURROW_ASSIGN(std::string described, describe_stages(*chosen, metrics, lineage));
    std::cout << described;
  }
  if (!owner.empty()) std::cout << fmt::format("\nowner {}\n", owner);
  if (!stage.empty()) std::cout << fmt::format("stage {}\n", stage);
  std::cout << "\nwhat happened to it\n";
  for (const auto& event : history) {
    if (event.version != chosen->version) continue;
    std::cout << fmt::format("  {}  {}{}{}\n", event.time.substr(0, 16), event.action, event.actor.empty() ? "" : " by " + event.actor, event.note.empty() ? "" : ": " + event.note);
  }
  return {};
}

Status change(const WorkspaceModelOptions& options, bool back) {
  FURROW_ASSIGN(auto workspace, app::Workspace::load(options.workspace));
  FURROW_ASSIGN(std::string name, model_of(workspace, options));
  SystemClock clock;
  app::ModelJobs jobs(workspace, data_of(workspace, options), clock);
  FURROW_ASSIGN(ModelRecord record, back ? jobs.roll_back(name, operator_name()) : jobs.promote(name, options.version, operator_name()));
  if (options.json) {
    std::string out;
    JsonWriter(out).begin_object().field("model", record.model).field("version", record.version).field("action", record.action).end_object();
    std::cout << out << "\n";
  } else {
    const auto* declared = workspace.find_model(name);
    if (declared && declared->intent) std::cout << fmt::format("{} {} tells traits.{} from now on ({})\n", record.model, record.version, record.model, record.action);
    else std::cout << fmt::format("{} {} decides from now on ({})\n", record.model, record.version, record.action);
  }
  return {};
}

}  // namespace

Result<std::string> model_of(const app::Workspace& workspace, const WorkspaceModelOptions& options, std::string_view option) {
  if (!options.name.empty()) return options.name;
  if (workspace.models.size() == 1) return workspace.models[0].name;
  if (workspace.models.empty()) return Error(ErrorCode::kNotFound, std::string(kNoModels)).in_field("name");
  std::vector<std::string_view> names;
  for (const auto& model : workspace.models) names.push_back(model.name);
  return Error(ErrorCode::kInvalidArgument, fmt::format("the workspace declares {} models: say which{}: {}", names.size(), option.empty() ? "" : fmt::format(" with {}", option), fmt::join(names, ", "))).in_field("name");
}

bool is_workspace(const std::string& path) {
  std::error_code fault;
  return std::filesystem::exists(std::filesystem::path(path) / "workspace.yaml", fault);
}

void print_intent(const predict::IntentTrained& t) {
  std::cout << fmt::format("{} visits: {} to learn from, {} to choose by, {} later ones to judge by (95 % intervals):\n  {:<14} {:<28}{}\n", t.visits, t.learnt, t.chosen_on, t.judged, "",
                           "n-grams and trees", "recurrent network");
  for (auto [name, member] : {std::pair("log_loss", &learn::ClassQuality::log_loss), {"accuracy", &learn::ClassQuality::accuracy}, {"macro_f1", &learn::ClassQuality::macro_f1},
                              {"auc", &learn::ClassQuality::auc}, {"ece", &learn::ClassQuality::ece}}) {
    std::cout << fmt::format("  {:<14} {:<28}{}\n", name, measure_text(t.ngram.*member), measure_text(t.gru.*member));
  }
  std::cout << fmt::format("log loss of the network less the trees', over visits: {}\n", measure_text(t.difference));
  std::cout << fmt::format("the {} serves: it was better on the visits to choose by ({:.4f} beside {:.4f})\n", t.serves == "gru" ? "network" : "trees' model",
                           std::min(t.gru_choosing, t.ngram_choosing), std::max(t.gru_choosing, t.ngram_choosing));
}

Status train_workspace_model(const WorkspaceModelOptions& options) {
  FURROW_ASSIGN(auto workspace, app::Workspace::load(options.workspace));
  FURROW_ASSIGN(std::string name, model_of(workspace, options, "--name"));
  predict::WorkspaceTrainingOptions training;
  training.seed = options.seed;
  training.threads = options.threads;
  training.furrow_version = FURROW_VERSION;
  const Interrupt interrupt;
  training.stop = [&interrupt] { return interrupt.asked(); };
  TrainingProgress progress;
  training.progress = progress.function();
  SystemClock clock;
  const app::ModelJobs jobs(workspace, data_of(workspace, options), clock);
  if (const auto* declared = workspace.find_model(name); declared && declared->intent) {
    FURROW_ASSIGN(auto stages, jobs.train_intent(name, training));
    return print_intent_version(stages, name, options.json);
  }
  auto trained = jobs.train(name, training);
  FURROW_TRY(trained);
  print_trained(*trained, name, options.json);
  return {};
}

void add_workspace_model_commands(Command model, Jobs& jobs) {
  auto leaf = [&](const char* name, const char* help, bool version, Status (*job)(const WorkspaceModelOptions&)) {
    auto options = std::make_shared<WorkspaceModelOptions>();
    Command command = model.add_subcommand(name, help);
    command.add_option("DIR", options->workspace, "The workspace").required();
    if (std::string_view(name) != "list") command.add_option("NAME", options->name, "The model; the only one when not given");
    if (version) {
      Option wanted = command.add_option("VERSION", options->version, "v0001, v0002 …");
      if (std::string_view(name) == "promote") wanted.required();
    }
    command.add_option("--data", options->data, "Data directory; DIR/.furrow/data unless given");
    command.add_flag("--json", options->json, "Print one JSON object");
    command.footer(fmt::format("Example: furrow model {} shop{}", name, version ? " buys_7d v0002" : ""));
    jobs.add(command, [options, job] { return job(*options); }, &options->json);
  };
  leaf("list", "List a workspace's models, their versions, and which one decides.", false, list);
  leaf("show", "Show one version: inputs, quality, lineage; checks its files.", true, show);
  leaf("promote", "Let a version decide, at once also in a server that runs.", true, [](const WorkspaceModelOptions& o) { return change(o, false); });
  leaf("rollback", "Let the version decide that did before.", false, [](const WorkspaceModelOptions& o) { return change(o, true); });
}

}  // namespace furrow::cli
