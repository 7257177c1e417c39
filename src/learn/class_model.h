// A trained model of several classes: a folder with one model folder a class, and what scores from it.
//
//   class_1/ …     the model of each class against the rest (model.h), each proving itself on load
//   classes.json   the classes and their folders, how margins become probabilities, metrics, lineage, reference rows
//   manifest.json  the hash of classes.json
// load() refuses what is missing, torn or changed (kStorageCorrupt), and a model that does not give reference margins the
// probabilities they had (kModelMismatch); each class's own model proves its margins.
// Reasons are exact SHAP values of the margin of one class against the rest: log-odds before calibration.
// Threads: immutable after load, any.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "learn/class_probabilities.h"
#include "learn/model.h"

namespace furrow::learn {

struct TrainedClasses;

class ClassModel {
 public:
  static bool is_folder(const std::filesystem::path& folder);
  static Result<std::shared_ptr<const ClassModel>> load(const std::filesystem::path& folder);

  const std::vector<std::string>& classes() const { return classes_; }
  const Model& model(size_t k) const { return *models_[k]; }
  const ClassProbabilities& probabilities() const { return *probabilities_; }
  const std::string& metrics_json() const { return metrics_; }
  const std::string& lineage_json() const { return lineage_; }
  const std::filesystem::path& folder() const { return folder_; }

  // The rows of a dataset as each class's model takes them: [class].
  Result<std::vector<Samples>> encode(const Dataset& data) const;
  ClassScores score(const std::vector<Samples>& encoded, size_t rows) const;

 private:
  Status check_parity(std::string_view json) const;

  std::vector<std::string> classes_;
  std::vector<std::shared_ptr<const Model>> models_;
  std::optional<ClassProbabilities> probabilities_;
  std::string metrics_, lineage_;
  std::filesystem::path folder_;
};

// Whole or not there; what stood at `folder` is replaced.
Status write_class_model(const TrainedClasses& trained, const std::filesystem::path& folder);

}  // namespace furrow::learn
