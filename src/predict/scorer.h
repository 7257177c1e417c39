// Scorer: a trained model version bound to the features of a running workspace, ready to score live people.
//
// The model's inputs are matched by name: those in `action_features` come from the action or the request, every other
// must be a declared feature: a number, or a text (such as the last city somebody was said to live in). Features reach the encoder as the same doubles that training saw (profile/history.h uses
// the same program), so a live score equals the batch score of the same instant exactly.
// Errors of bind: kModelMismatch when an input is nowhere to be found, or when a feature was declared otherwise at the
// time of training (feature_hash): its values would mean something else, so the model must be trained again.
// What a decision keeps of a text is its place among the model's levels: a number like the others (`recorded`).
// Threads: immutable; any. It keeps the model alive.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "learn/encoding.h"
#include "learn/forest.h"
#include "learn/model.h"
#include "profile/program.h"

namespace furrow::predict {

// Of everything that a feature's value depends on: not its name or texts for people.
uint64_t feature_hash(const profile::FeatureDefinition& definition);

class Scorer {
 public:
  struct Declaration {
    std::string name, version;                // of the model
    std::vector<std::string> action_features;
    // Hashes of the features at training time, by name, beside those that the model's lineage tells; features that are
    // not listed are not compared.
    std::vector<std::pair<std::string, uint64_t>> trained_features;
  };
  struct FeatureInput {
    size_t input;    // of the encoder
    size_t feature;  // of the program
    bool text = false;
  };
  struct ActionInput {
    size_t input;
    std::string name;
  };

  static Result<std::shared_ptr<const Scorer>> bind(Declaration declaration, std::shared_ptr<const learn::Model> model,
                                                    std::shared_ptr<const profile::FeatureProgram> program);

  const std::string& name() const { return declaration_.name; }
  const std::string& version() const { return declaration_.version; }
  // In the model's order. DecisionRecord::features holds a value for each of feature_inputs().
  const std::vector<FeatureInput>& feature_inputs() const { return feature_inputs_; }
  const std::vector<ActionInput>& action_inputs() const { return action_inputs_; }
  std::vector<std::string> feature_names() const;
  bool reads_texts() const { return reads_texts_; }  // some feature input is a text

  const profile::FeatureProgram& program() const { return *program_; }
  const learn::Encoder& encoder() const { return model_->encoder(); }
  const learn::Forest& forest() const { return model_->forest(); }
  const learn::Model& model() const { return *model_; }
  double score(float margin) const { return model_->score_of_margin(margin); }  // calibrated

  // Writes the outputs of the feature inputs into a row of encoder().outputs() places; the others are left alone.
  // `values`, `texts`: one for each feature of the program, as AsOfReader gives them; no texts: text inputs are missing.
  void encode_features(std::span<const double> values, std::span<const std::string> texts, float* row) const;
  // The score of one person with no action: action inputs are missing. `row` is working memory.
  double score_person(std::span<const double> values, std::span<const std::string> texts, std::vector<float>& row) const;
  // What DecisionRecord::features keeps of an input: the number; of a text its level's place, -1 when training did not know it
  // (of text that was read as a number, that; of sentences, missing). NaN is missing.
  float recorded(const FeatureInput& input, std::span<const double> values, std::span<const std::string> texts) const;
  // A row's outputs of that input, from what was recorded.
  void encode_recorded(const FeatureInput& input, float recorded, float* row) const;
  // The text that was recorded; nothing for a number, for what is missing and for a level that training did not know.
  std::optional<std::string_view> recorded_text(const FeatureInput& input, float recorded) const;

 private:
  Scorer() = default;
  Value value_of(const FeatureInput& input, std::span<const double> values, std::span<const std::string> texts) const;
  Declaration declaration_;
  std::shared_ptr<const learn::Model> model_;
  std::shared_ptr<const profile::FeatureProgram> program_;
  std::vector<FeatureInput> feature_inputs_;
  std::vector<ActionInput> action_inputs_;
  bool reads_texts_ = false;
};

}  // namespace furrow::predict
