// `furrow model shadow|canary|approve|watch DIR`: a version on its way to deciding, and how it does in service.
#include <fmt/format.h>

#include <iostream>

#include "app/model_jobs.h"
#include "base/json.h"
#include "cli/operator_name.h"
#include "cli/workspace_model_command.h"

namespace furrow::cli {
namespace {

struct ModelLifeOptions {
  std::string workspace, data, name, version, by, note;
  double share = 0.1;
  bool stop = false, json = false;
};

template <class Job>
Status with_jobs(const ModelLifeOptions& options, Job job) {
  FURROW_ASSIGN(auto workspace, app::Workspace::load(options.workspace));
  SystemClock clock;
  std::filesystem::path data = options.data.empty() ? workspace.default_data_dir() : std::filesystem::path(options.data);
  app::ModelJobs jobs(workspace, data, clock);
  return job(workspace, jobs);
}

Status check_version(const ModelLifeOptions& options) {
  if (options.stop != options.version.empty()) {
    return Error(ErrorCode::kInvalidArgument, options.stop ? "--stop ends what there is: it takes no version" : "say which version, or --stop to end it").in_field("VERSION");
  }
  return {};
}

Status print_stages(const ModelLifeOptions& options, const app::ModelJobs& jobs) {
  FURROW_ASSIGN(auto stages, jobs.known().stages(options.name));
  if (options.json) {
    std::string out;
    JsonWriter(out).begin_object().field("model", options.name).field("shadow", stages.shadow).field("canary", stages.canary).field("canary_share", stages.canary_share).end_object();
    std::cout << out << "\n";
    return {};
  }
  std::cout << fmt::format("{}: shadow {}, canary {}\n", options.name, stages.shadow.empty() ? "none" : stages.shadow,
                           stages.canary.empty() ? "none" : fmt::format("{} for {:g} % of the people", stages.canary, 100 * stages.canary_share));
  return {};
}

Status shadow(const ModelLifeOptions& options) {
  FURROW_TRY(check_version(options));
  return with_jobs(options, [&](const app::Workspace&, app::ModelJobs& jobs) -> Status {
    FURROW_TRY(jobs.set_shadow(options.name, options.version, operator_name()));
    return print_stages(options, jobs);
  });
}

Status canary(const ModelLifeOptions& options) {
  FURROW_TRY(check_version(options));
  return with_jobs(options, [&](const app::Workspace&, app::ModelJobs& jobs) -> Status {
    FURROW_TRY(jobs.set_canary(options.name, options.version, options.share, operator_name()));
    return print_stages(options, jobs);
  });
}

Status approve(const ModelLifeOptions& options) {
  return with_jobs(options, [&](const app::Workspace&, app::ModelJobs& jobs) -> Status {
    std::string by = options.by.empty() ? operator_name() : options.by;
    FURROW_TRY(jobs.approve(options.name, options.version, by, options.note));
    if (options.json) {
      std::string out;
      JsonWriter(out).begin_object().field("model", options.name).field("version", options.version).field("approved_by", by).end_object();
      std::cout << out << "\n";
    } else {
      std::cout << fmt::format("{} {} is approved by {}\n", options.name, options.version, by);
    }
    return {};
  });
}

void print_health(const std::string& name, const predict::ModelHealth& health) {
  if (health.versions.empty()) std::cout << fmt::format("{}: no version has decided yet\n", name);
  for (const auto& v : health.versions) {
    std::cout << fmt::format("{} {}: {} decisions in the window, {} with a known outcome\n", name, v.version, v.decisions, v.known);
    if (v.known > 0) std::cout << fmt::format("  predicted {:.2f} %, observed {:.2f} % ({:+.1f} standard errors)\n", 100 * v.predicted, 100 * v.observed, v.z);
    if (v.auc) std::cout << fmt::format("  auc {:.4f}  [{:.4f}, {:.4f}]\n", v.auc->value, v.auc->low, v.auc->high);
    for (size_t d = 0; d < v.drift.size() && d < 3; ++d) {
      std::cout << fmt::format("  {:<28} PSI {:.3f}, {}\n", v.drift[d].input, v.drift[d].psi, learn::drift_words(v.drift[d]).english);
    }
    std::cout << (v.miscalibrated || v.drifted ? fmt::format("  alarm: {}\n", v.why) : std::string("  no alarm\n"));
  }
  if (!health.shadow) return;
  const auto& s = *health.shadow;
  std::cout << fmt::format("shadow {} beside {}: {} decisions with a known outcome; its log loss less {}'s: {:+.5f}  [{:+.5f}, {:+.5f}]\n", s.shadow, s.serving, s.known, s.serving,
                           s.loss_difference.value, s.loss_difference.low, s.loss_difference.high);
}

Status watch(const ModelLifeOptions& options) {
  return with_jobs(options, [&](const app::Workspace& workspace, app::ModelJobs& jobs) -> Status {
    std::string out;
    JsonWriter json(out);
    json.begin_object().key("models").begin_object();
    bool found = options.name.empty();
    if (found && workspace.models.empty() && !options.json) std::cout << kNoModels << "\n";
    for (const auto& model : workspace.models) {
      if (!options.name.empty() ? model.name != options.name : model.intent.has_value()) continue;
      found = true;
      FURROW_ASSIGN(auto health, jobs.health(model.name));
      predict::write_json(json.key(model.name), health);
      if (!options.json) print_health(model.name, health);
    }
    if (!found) FURROW_TRY(jobs.known().declared(options.name));
    json.end_object().end_object();
    if (options.json) std::cout << out << "\n";
    return {};
  });
}

}  // namespace

void add_model_life_commands(Command model, Jobs& jobs) {
  auto leaf = [&](const char* name, const char* help, const char* example, Status (*job)(const ModelLifeOptions&)) {
    auto options = std::make_shared<ModelLifeOptions>();
    Command command = model.add_subcommand(name, help);
    command.add_option("DIR", options->workspace, "The workspace").required();
    std::string_view verb = name;
    Option model_name = command.add_option("NAME", options->name, verb == "watch" ? "The model; all when not given" : "The model");
    if (verb != "watch") {
      model_name.required();
      Option version = command.add_option("VERSION", options->version, "v0001, v0002 …");
      if (verb == "approve") version.required();
      else command.add_flag("--stop", options->stop, fmt::format("End the {}", verb));
    }
    if (verb == "canary") command.add_option("--share", options->share, "Of the people, always the same ones").between(0.001, 0.999).show_default();
    if (verb == "approve") {
      command.add_option("--by", options->by, "Who approves; the user of this machine unless given");
      command.add_option("--note", options->note, "Why, for the record");
    }
    command.add_option("--data", options->data, "Data directory; DIR/.furrow/data unless given");
    command.add_flag("--json", options->json, "Print one JSON object");
    command.footer(fmt::format("Example: furrow model {}", example));
    jobs.add(command, [options, job] { return job(*options); }, &options->json);
  };
  leaf("shadow", "Keep a version's scores beside those of the one that decides; nothing else changes.", "shadow shop offer_response v0002", shadow);
  leaf("canary", "Let a version decide for a share of the people; an alarm ends it by itself.", "canary shop offer_response v0002 --share 0.1", canary);
  leaf("approve", "Write down that a version may decide: needed where its declaration says approval: required.", "approve shop offer_response v0002 --by lin", approve);
  leaf("watch", "How versions do in service: calibration against outcomes, drift of inputs, the shadow beside.", "watch shop offer_response", watch);
}

}  // namespace furrow::cli
