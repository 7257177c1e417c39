#include "app/workspace.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

#include "app/segment_report.h"
#include "base/files.h"

namespace furrow::app {
namespace {

namespace fs = std::filesystem;
constexpr size_t kMaxFolderFiles = 1'000;
constexpr size_t kMaxDeclarationBytes = 1 << 20;

// Walks the folder, one part after the other; every fault goes to `diagnostics` with its path relative to the root.
class Loader {
 public:
  Loader(const fs::path& root, Diagnostics& diagnostics) : root_(root), diagnostics_(diagnostics) { workspace_.root = root; }

  Workspace load() {
    load_settings();
    load_identity();
    load_folder("sources", [&](const YamlNode& node) {
      workspace_.sources.push_back(collect::SourceDeclaration::load(node));
      load_governance(node, workspace_.sources.back().name, false);
    });
    load_folder("features", [&](const YamlNode& node) { profile::load_features(node, workspace_.features); });
    load_segment_feature_folder(root_, diagnostics_, workspace_.features);
    compile_features();
    workspace_.segments = load_segment_folder(root_, feature_names_, diagnostics_);
    load_webhooks();
    load_folder("models", [&](const YamlNode& node) {
      workspace_.models.push_back(predict::ModelDeclaration::load(node, feature_names_));
      const auto& inputs = workspace_.models.back().action_features;
      for (auto name = inputs.begin(); name != inputs.end(); ++name) {
        if (std::find(inputs.begin(), name, *name) != name) node.find("action_features")->fault(fmt::format("\"{}\" is listed twice", *name));
      }
    });
    load_placements();
    load_folder("experiments", [&](const YamlNode& node) { workspace_.experiments.push_back(experiment(node)); });
    check_names();
    load_keys();
    return std::move(workspace_);
  }

 private:
  std::optional<YamlNode> parse(const std::string& relative) {
    auto text = read_file(root_ / relative, kMaxDeclarationBytes);
    if (!text) {
      diagnostics_.add(relative, 0, text.error().message());
      return {};
    }
    return YamlNode::parse(*text, relative, diagnostics_);
  }

  void load_settings() {
    auto node = parse("workspace.yaml");
    if (!node) return;
    node->only({"name", "language", "timezone", "currency", "exploration", "holdout", "govern", "trust"});
    load_governance(*node, "live", true);
    if (auto trust = node->find("trust")) workspace_.trust = profile::SourceTrust::load(*trust);
    if (auto name = node->required_text("name")) workspace_.name = *name;
    workspace_.language = node->text("language", "en");
    if (workspace_.language != "en" && workspace_.language != "zh") {
      node->find("language")->fault(fmt::format("\"language\" must be en or zh, not \"{}\"", workspace_.language));
    }
    if (auto zone = node->find("timezone")) {
      if (auto loaded = TimeZone::load(zone->scalar())) {
        workspace_.timezone = *loaded;
      } else {
        zone->fault(loaded.error().message());
      }
    }
    workspace_.currency = node->text("currency", "USD");
    auto letters = [](char c) { return c >= 'A' && c <= 'Z'; };
    if (workspace_.currency.size() != 3 || !std::all_of(workspace_.currency.begin(), workspace_.currency.end(), letters)) {
      node->find("currency")->fault(fmt::format("\"currency\" must be three capital letters (ISO 4217), not \"{}\"", workspace_.currency));
    }
    workspace_.exploration = node->number("exploration", 0.1, 0, 1);
    workspace_.holdout = node->number("holdout", 0.1, 0, 1);
  }

  void load_governance(const YamlNode& node, const std::string& source, bool live) {
    auto declared = node.is_map() ? node.find("govern") : std::nullopt;
    if (!declared) return;
    if (auto rules = govern::EventRules::load(*declared, live)) workspace_.governance.insert_or_assign(source, std::move(*rules));
  }

  void load_identity() {
    if (!fs::exists(root_ / "identity.yaml")) return;  // the defaults
    if (auto node = parse("identity.yaml")) workspace_.identity = identity::IdentityRules::load(*node);
  }

  // Every *.yaml and *.yml of the folder, by name; a missing folder is an empty one.
  void load_folder(const std::string& folder, const std::function<void(const YamlNode&)>& read) {
    std::error_code fault;
    if (!fs::exists(root_ / folder, fault) && !fault) return;
    std::vector<std::string> files;
    for (fs::directory_iterator it(root_ / folder, fault), end; !fault && it != end; it.increment(fault)) {
      auto extension = it->path().extension();
      if (extension == ".yaml" || extension == ".yml") files.push_back(folder + "/" + it->path().filename().string());
    }
    if (fault) {
      diagnostics_.add(folder, 0, fmt::format("the folder cannot be read: {}", fault.message()));
      return;
    }
    if (files.size() > kMaxFolderFiles) {
      diagnostics_.add(folder, 0, fmt::format("{} files; the limit is {}", files.size(), kMaxFolderFiles));
      return;
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
      if (auto node = parse(file)) read(*node);
    }
  }

  void compile_features() {
    for (const auto& feature : workspace_.features) feature_names_.push_back(feature.name);
    auto program = profile::FeatureProgram::compile(workspace_.features);
    if (program) {
      workspace_.program = *program;
    } else if (diagnostics_.empty()) {
      diagnostics_.add(program.error().file().empty() ? "features" : program.error().file(), program.error().line(), program.error().message());
    }
  }

  void load_webhooks() {
    std::vector<std::string> kinds, names;
    for (const auto& rule : workspace_.identity.identifiers) kinds.push_back(rule.kind);
    load_folder("webhooks", [&](const YamlNode& node) {
      if (workspace_.webhooks.size() == reach::kMaxWebhooks) return node.fault(fmt::format("{} webhooks are the limit", reach::kMaxWebhooks));
      workspace_.webhooks.push_back(reach::WebhookDeclaration::load(node, kinds));
    });
    for (const auto& webhook : workspace_.webhooks) names.push_back(webhook.name);
    load_segment_reaction_folder(root_, names, diagnostics_, workspace_.reactions);
  }

  void load_placements() {
    decide::PlacementNames known{feature_names_, {}, workspace_.exploration, workspace_.holdout};
    for (const auto& segment : workspace_.segments) {
      if (auto rule = Expression::parse(segment.where)) known.segments.push_back({segment.name, *rule, rule->names()});
    }
    for (const auto& model : workspace_.models) known.models.push_back(model.name);
    load_folder("placements", [&](const YamlNode& node) {
      workspace_.placements.push_back(decide::PlacementDeclaration::load(node, known));
      const auto* model = workspace_.find_model(workspace_.placements.back().model);
      if (model && model->intent) node.find("model")->fault(fmt::format("the model \"{0}\" tells how far visitors are and scores no action; a rule may ask for it: when: traits.{0} == \"deciding\"", model->name));
      if (model && !model->intent && model->label.absent) {
        node.find("model")->fault(fmt::format("the model \"{}\" tells who will be without \"{}\", and would choose the action that most keeps it away; name one whose label is {{event: {}, within: …}}", model->name, model->label.event, model->label.event));
      }
    });
  }

  ExperimentDeclaration experiment(const YamlNode& node) {
    ExperimentDeclaration made;
    made.file = node.file();
    made.line = node.line();
    node.only({"name", "placement", "control", "description", "description_zh", "alpha", "enough_outcomes"});
    made.name = node.required_text("name").value_or("");
    made.description = node.text("description");
    made.description_zh = node.text("description_zh");
    made.control = node.text("control", "holdout");
    if (made.control != "holdout") node.find("control")->fault(fmt::format("\"control\" must be holdout, not \"{}\"", made.control));
    made.alpha = node.number("alpha", 0.05, 0.0001, 0.5);
    made.enough_outcomes = static_cast<size_t>(node.integer("enough_outcomes", 100, 1, 1'000'000'000));
    if (auto placement = node.required_text("placement")) {
      made.placement = *placement;
      const auto* found = workspace_.find_placement(made.placement);
      std::vector<std::string> names;
      for (const auto& p : workspace_.placements) names.push_back(p.name);
      if (!found) {
        std::string near = nearest(made.placement, names);
        node.find("placement")->fault(fmt::format("there is no placement \"{}\"{}", made.placement, near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near)));
      } else if (found->holdout == 0) {
        node.find("placement")->fault(fmt::format("the placement \"{}\" holds nobody out, so there is no control", made.placement));
      }
    }
    return made;
  }

  template <class Declarations>
  void check_unique(const char* what, const Declarations& declarations) {
    std::map<std::string, std::pair<std::string, long>> seen;
    for (const auto& declaration : declarations) {
      if (declaration.name.empty()) continue;  // said already
      auto [at, fresh] = seen.emplace(declaration.name, std::pair(declaration.file, declaration.line));
      if (fresh) continue;
      diagnostics_.add(declaration.file, declaration.line, fmt::format("the {} \"{}\" is declared already at {}:{}", what, declaration.name,
                                                                       at->second.first, at->second.second));
    }
  }

  // A model of this workspace has seen the time that the new one is judged on, so that only another's may be begun from.
  void check_beginnings() {
    for (const auto& model : workspace_.models) {
      if (model.from.empty()) continue;
      auto fault = [&](std::string what) { diagnostics_.add(model.file, model.line, fmt::format("model \"{}\": \"from\" {}", model.name, what)); };
      const auto path = std::filesystem::path(model.from).lexically_normal();
      std::error_code unread;
      if (workspace_.find_model(model.from)) fault(fmt::format("names a model of this workspace, which has seen the time this one is judged on; it takes the folder of a model of other data, not \"{}\"", model.from));
      else if (path.is_absolute() || path.begin()->string() == ".." || path.begin()->string() == ".furrow") fault(fmt::format("is a folder inside the workspace, beside models/, not \"{}\"", model.from));
      else if (!std::filesystem::exists(root_ / path / "model.json", unread)) fault(fmt::format("names no model's folder: \"{}\" has no model.json", model.from));
    }
  }

  void check_names() {
    check_beginnings();
    check_unique("source", workspace_.sources);
    check_unique("model", workspace_.models);
    check_unique("placement", workspace_.placements);
    check_unique("experiment", workspace_.experiments);
    check_unique("webhook", workspace_.webhooks);
  }

  void load_keys() {
    auto keys = read_keys(root_);
    if (keys) {
      workspace_.keys = *keys;
    } else if (keys.error().code() != ErrorCode::kNotFound) {
      diagnostics_.add(std::string(kKeysPath), keys.error().line(), keys.error().message());
    }
  }

  fs::path root_;
  Diagnostics& diagnostics_;
  Workspace workspace_;
  std::vector<std::string> feature_names_;
};

template <class Declarations>
auto find_by_name(const Declarations& declarations, std::string_view name) {
  auto found = std::find_if(declarations.begin(), declarations.end(), [&](const auto& d) { return d.name == name; });
  return found == declarations.end() ? nullptr : &*found;
}

}  // namespace

Result<Workspace> Workspace::load(const fs::path& root) {
  std::error_code fault;
  if (!fs::is_regular_file(root / "workspace.yaml", fault)) {
    return Error(ErrorCode::kNotFound, fmt::format("{} is no workspace: it has no workspace.yaml; furrow init makes one", root.string()));
  }
  Diagnostics diagnostics;
  Workspace workspace = Loader(root, diagnostics).load();
  FURROW_TRY(diagnostics.status());
  return workspace;
}

const govern::EventRules* Workspace::governance_of(std::string_view source) const {
  auto at = governance.find(source);
  return at == governance.end() ? nullptr : &at->second;
}
const collect::SourceDeclaration* Workspace::find_source(std::string_view wanted) const { return find_by_name(sources, wanted); }
const predict::ModelDeclaration* Workspace::find_model(std::string_view wanted) const { return find_by_name(models, wanted); }
const decide::PlacementDeclaration* Workspace::find_placement(std::string_view wanted) const { return find_by_name(placements, wanted); }

}  // namespace furrow::app
