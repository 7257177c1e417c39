#include "decide/action_scorer.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace furrow::decide {
namespace {

constexpr size_t kBoundActions = 256;  // more are scored only when they are eligible
constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

Value input_of(const ActionDeclaration& action, std::string_view name) {
  const Value declared = attribute_of(action, name);
  return declared.is_null() && name == "action" ? Value(std::string_view(action.id)) : declared;
}

bool is_attribute(const PlacementDeclaration& placement, std::string_view name) {
  if (name == "action") return true;
  return std::any_of(placement.actions.begin(), placement.actions.end(), [&](const ActionDeclaration& action) {
    return std::any_of(action.attributes.begin(), action.attributes.end(), [&](const auto& a) { return a.first == name; });
  });
}

}  // namespace

Result<std::unique_ptr<const ActionScorer>> ActionScorer::make(const PlacementDeclaration& placement,
                                                               std::shared_ptr<const predict::Scorer> scorer) {
  const learn::Encoder& encoder = scorer->encoder();
  std::vector<predict::Scorer::ActionInput> attributes, context;
  std::vector<uint32_t> varying;
  for (const auto& input : scorer->action_inputs()) {
    if (!is_attribute(placement, input.name)) {
      context.push_back(input);
      continue;
    }
    attributes.push_back(input);
    const auto& encoding = encoder.inputs()[input.input];
    for (size_t i = 0; i < encoding.outputs; ++i) varying.push_back(static_cast<uint32_t>(encoding.first_output + i));
  }
  FURROW_ASSIGN(learn::SharedScorer shared, learn::SharedScorer::make(scorer->forest(), varying));
  std::unique_ptr<ActionScorer> made(new ActionScorer(std::move(scorer), std::move(shared)));
  std::vector<float> row(encoder.outputs(), kMissing);
  for (const ActionDeclaration& action : placement.actions) {
    for (const auto& input : attributes) {
      Value value = input_of(action, input.name);
      encoder.encode_value(input.input, value, row.data());
      made->numbers_.push_back(value.as_number());
    }
    for (uint32_t column : varying) made->encoded_.push_back(row[column]);
  }
  made->context_inputs_ = std::move(context);
  made->attribute_inputs_ = std::move(attributes);
  if (placement.actions.size() <= kBoundActions) {
    made->bound_ = learn::BoundCandidates::make(made->scorer_->forest(), varying, made->encoded_, placement.actions.size());
  }
  made->varying_ = std::move(varying);
  return std::unique_ptr<const ActionScorer>(std::move(made));
}

void ActionScorer::prepare(std::span<const double> features, std::span<const std::string> texts, const Fields& context, Scratch& s) const {
  const learn::Encoder& encoder = scorer_->encoder();
  s.row.assign(encoder.outputs(), kMissing);
  s.inputs.assign(encoder.inputs().size(), std::numeric_limits<double>::quiet_NaN());
  scorer_->encode_features(features, texts, s.row.data());
  for (const auto& input : scorer_->feature_inputs()) s.inputs[input.input] = features[input.feature];
  for (const auto& input : context_inputs_) {
    Value value = context.get(input.name);
    encoder.encode_value(input.input, value, s.row.data());
    s.inputs[input.input] = value.as_number();
  }
}

void ActionScorer::score(std::span<const uint32_t> actions, Scratch& s, std::span<double> out) const {
  const size_t width = varying_.size();
  s.values.resize(actions.size() * width);
  if (bound_) {
    s.margins.resize(bound_->count());
    bound_->margins(s.row.data(), s.bound, s.margins.data());
    for (size_t i = 0; i < actions.size(); ++i) out[i] = scorer_->score(s.margins[actions[i]]);
    return;
  }
  s.margins.resize(actions.size());
  for (size_t i = 0; i < actions.size(); ++i) {
    std::copy_n(encoded_.begin() + static_cast<ptrdiff_t>(actions[i] * width), width,
                s.values.begin() + static_cast<ptrdiff_t>(i * width));
  }
  shared_.margins(s.row.data(), s.values.data(), actions.size(), s.shared, s.margins.data());
  for (size_t i = 0; i < actions.size(); ++i) out[i] = scorer_->score(s.margins[i]);
}

void ActionScorer::contribute(uint32_t action, Scratch& s) const {
  const learn::Encoder& encoder = scorer_->encoder();
  s.contributions.resize(encoder.inputs().size());
  const learn::ShapExplainer& explainer = scorer_->model().explainer();
  if (bound_ && explainer.takes_decisions()) {
    bound_->decisions(action, s.bound, s.decisions);
    s.shap.resize(encoder.outputs());
    explainer.contributions_of(s.decisions, s.explain.explain, s.shap.data());
    return scorer_->model().gather_contributions(s.shap, scorer_->model().bias(), s.margins[action], s.contributions.data());
  }
  s.whole = s.row;
  for (size_t i = 0; i < varying_.size(); ++i) s.whole[varying_[i]] = encoded_[action * varying_.size() + i];
  scorer_->model().contributions(s.whole.data(), s.explain, s.contributions.data());
}

void ActionScorer::explain(uint32_t action, size_t limit, Scratch& s, std::vector<Reason>& out) const {
  const learn::Encoder& encoder = scorer_->encoder();
  for (size_t i = 0; i < attribute_inputs_.size(); ++i) {
    s.inputs[attribute_inputs_[i].input] = numbers_[action * attribute_inputs_.size() + i];
  }
  contribute(action, s);
  s.order.clear();
  for (uint32_t i = 0; i < s.contributions.size(); ++i) {
    if (s.contributions[i] != 0) s.order.push_back(i);
  }
  size_t kept = std::min(limit, s.order.size());
  std::partial_sort(s.order.begin(), s.order.begin() + static_cast<ptrdiff_t>(kept), s.order.end(), [&](uint32_t a, uint32_t b) {
    double x = std::abs(s.contributions[a]), y = std::abs(s.contributions[b]);
    return x != y ? x > y : a < b;
  });
  for (size_t i = 0; i < kept; ++i) {
    uint32_t input = s.order[i];
    out.push_back({encoder.inputs()[input].name, s.inputs[input], s.contributions[input]});
  }
}

}  // namespace furrow::decide
