#include "app/tried_features.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/background.h"
#include "profile/history.h"

namespace furrow::app {
namespace {

Error refused(std::string why) { return Error(ErrorCode::kInvalidArgument, std::move(why)).in_field("declare"); }

}  // namespace

TriedFeatures::~TriedFeatures() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  done_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Result<std::shared_ptr<const profile::FeatureProgram>> TriedFeatures::compile(const std::string& declaration) const {
  Diagnostics faults;
  std::vector<profile::FeatureDefinition> definitions;
  if (auto node = YamlNode::parse(declaration, "declare", faults)) profile::load_features(*node, definitions);
  if (!faults.empty()) return refused(faults.list()[0].message);
  if (definitions.empty() || definitions.size() > kMaxTried) return refused(fmt::format("1 to {} features can be tried at once, not {}", kMaxTried, definitions.size()));
  for (const auto& definition : definitions) {
    if (declared_->index_of(definition.name)) return refused(fmt::format("the feature \"{}\" is declared already", definition.name));
  }
  auto program = profile::FeatureProgram::compile(std::move(definitions));
  if (!program) return refused(program.error().message());
  return program;
}

Result<std::shared_ptr<const TriedFeatures::Counted>> TriedFeatures::get(const std::string& declaration, std::chrono::milliseconds patience) {
  FURROW_ASSIGN(auto program, compile(declaration));
  std::string key;
  for (const auto& definition : program->definitions()) key += definition.name + "\x1d" + definition.canonical() + "\x1d";
  std::unique_lock lock(mutex_);
  auto at = std::find_if(sets_.begin(), sets_.end(), [&](const Set& set) { return set.key == key; });
  if (at == sets_.end()) {
    sets_.push_front({key, std::move(program), nullptr, {}});
    while (sets_.size() > kTriedKept) sets_.pop_back();
  } else {
    sets_.splice(sets_.begin(), sets_, at);
  }
  auto found = [&]() -> Set* {
    const auto set = std::find_if(sets_.begin(), sets_.end(), [&](const Set& one) { return one.key == key; });
    return set == sets_.end() ? nullptr : &*set;
  };
  const bool old = found()->counted && found()->counted->as_of + kTriedFor < clock_.now();
  if ((!found()->counted || old) && std::find(wanted_.begin(), wanted_.end(), key) == wanted_.end()) {
    wanted_.push_back(key);
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    wake_.notify_all();
  }
  done_.wait_for(lock, patience, [&] { return stop_ || !found() || found()->counted || found()->failed; });
  if (Set* set = found()) {
    if (set->counted) return set->counted;
    if (set->failed) {
      Error error = *set->failed;
      set->failed.reset();  // tried again when asked again
      return error;
    }
  }
  return Error(ErrorCode::kUnavailable, "the events are being counted over the whole log; try again in a moment");
}

void TriedFeatures::run() {
  give_way("tried features");
  std::unique_lock lock(mutex_);
  while (!stop_) {
    if (wanted_.empty()) {
      wake_.wait(lock);
      continue;
    }
    const std::string key = wanted_.front();
    const auto named = [&](const Set& set) { return set.key == key; };
    const auto before = std::find_if(sets_.begin(), sets_.end(), named);
    if (before != sets_.end()) {
      const auto program = before->program;
      lock.unlock();
      auto counted = count(program);
      lock.lock();
      const auto set = std::find_if(sets_.begin(), sets_.end(), named);
      if (set != sets_.end() && counted) set->counted = *counted;
      if (set != sets_.end() && !counted) set->failed = counted.error();
    }
    wanted_.erase(wanted_.begin());
    done_.notify_all();
  }
}

Result<std::shared_ptr<const TriedFeatures::Counted>> TriedFeatures::count(std::shared_ptr<const profile::FeatureProgram> program) const {
  FURROW_ASSIGN(auto history, profile::History::create(program));
  FURROW_TRY(pipeline_.scan({1}, [&](const Record& record) {
    history.add(record);
    return !stop_.load();
  }));
  const Time now = clock_.now();
  std::vector<profile::Observation> everybody;
  FURROW_TRY(pipeline_.profiles().for_each([&](const profile::Profile& person) {
    everybody.push_back({person.id, now});
    return !stop_.load();
  }));
  auto index = std::make_unique<profile::SegmentIndex>(program, pipeline_.segments().numbers());
  std::vector<profile::FeatureValue> values(program->size());
  history.evaluate(everybody, [&](const profile::History::Row& row) {
    for (size_t f = 0; f < values.size(); ++f) {
      values[f] = {row.features[f], row.texts[f], false};
      values[f].missing = values[f].text.empty() && std::isnan(values[f].number);
    }
    index->put_values(everybody[row.index].profile, values);
  });
  auto counted = std::make_shared<Counted>();
  counted->program = std::move(program);
  counted->index = std::move(index);
  counted->as_of = now;
  return std::shared_ptr<const Counted>(std::move(counted));
}

Result<std::vector<profile::RuleOperand>> TriedFeatures::bind(const Expression& rule, const profile::FeatureProgram& declared, const Counted* tried) {
  if (!tried) return profile::bind_rule(rule, declared);
  std::vector<profile::RuleOperand> operands;
  for (const std::string& name : rule.names()) {
    if (const auto index = tried->program->index_of(name)) {
      operands.push_back({"", declared.size() + *index, tried->program->definitions()[*index].result() != profile::ResultKind::kNumber});
      continue;
    }
    FURROW_ASSIGN(const auto alone, Expression::parse(name));
    FURROW_ASSIGN(auto bound, profile::bind_rule(alone, declared));
    operands.push_back(std::move(bound.at(0)));
  }
  return operands;
}

}  // namespace furrow::app
