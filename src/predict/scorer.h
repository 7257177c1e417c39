// Scorer: a trained model version bound to the features of a running workspace, ready to score live people.
//
// The model's inputs are matched by name: those in `action_features` come from the action or the request, every other
// must be a declared feature. Features reach the encoder as the same doubles that training saw (profile/history.h uses
// the same program), so a live score equals the batch score of the same instant exactly.
// Errors of bind: kModelMismatch when an input is nowhere to be found, or when a feature was declared otherwise at the
// time of training (feature_hash): its values would mean something else, so the model must be trained again.
// Threads: immutable; any. It keeps the model alive.
#pragma once
#include <cstdint>
#include <memory>
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

  const profile::FeatureProgram& program() const { return *program_; }
  const learn::Encoder& encoder() const { return model_->encoder(); }
  const learn::Forest& forest() const { return model_->forest(); }
  const learn::Model& model() const { return *model_; }
  double score(float margin) const { return model_->score_of_margin(margin); }  // calibrated

  // Writes the outputs of the feature inputs into a row of encoder().outputs() places; the others are left alone.
  // `values`: one for each feature of the program.
  void encode_features(std::span<const double> values, float* row) const;
  // The score of one person with no action: action inputs are missing. `row` is working memory.
  double score_person(std::span<const double> values, std::vector<float>& row) const;

 private:
  Scorer() = default;
  Declaration declaration_;
  std::shared_ptr<const learn::Model> model_;
  std::shared_ptr<const profile::FeatureProgram> program_;
  std::vector<FeatureInput> feature_inputs_;
  std::vector<ActionInput> action_inputs_;
};

}  // namespace furrow::predict
