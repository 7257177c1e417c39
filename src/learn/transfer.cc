#include "learn/transfer.h"

#include <fmt/format.h>

#include <algorithm>

#include "learn/reference.h"

namespace furrow::learn {
namespace {

Error misfit(std::string what, const std::string& field) { return Error(ErrorCode::kInvalidArgument, std::move(what)).in_field(field); }

}  // namespace

Status check_general(const Model& general, const Dataset& data, Task task, const TrainOptions& options, const std::vector<std::string>& ignored) {
  if (general.task() != task) {
    return misfit(fmt::format("the general model predicts {}, and '{}' is {}", task == Task::kBinary ? "numbers" : "a yes or no", options.target, task == Task::kBinary ? "a yes or no" : "numbers"), options.target);
  }
  if (!options.monotone.empty()) return misfit("a general model may break what --monotone asks for: give one or the other", "--monotone");
  for (const InputEncoding& input : general.inputs()) {
    if (!data.find(input.name)) return misfit(fmt::format("the data have no column '{}', which the general model uses", input.name), input.name);
    if (std::find(ignored.begin(), ignored.end(), input.name) != ignored.end()) {
      return misfit(fmt::format("the general model uses column '{}', which is no input here: train it again without that column", input.name), input.name);
    }
  }
  return {};
}

Status warn_of_rows_seen(const Model& general, const Dataset& data, const std::vector<uint32_t>& rows, std::vector<Warning>& warnings) {
  if (general.reference_json().empty()) return {};
  FURROW_ASSIGN(Reference reference, Reference::parse(general.reference_json()));
  FURROW_ASSIGN(Samples encoded, general.encoder().encode(data, rows));
  FURROW_ASSIGN(Drift drift, reference.compare(general.encoder(), encoded, rows.size(), 1, false));
  if (drift.seen_in_training <= kSeenShare) return {};
  warnings.push_back({"general_saw_rows", "",
                      fmt::format("about {:.0f} % of these rows were in the training data of the general model: the figures flatter it; begin from a model trained on other rows", 100 * drift.seen_in_training),
                      fmt::format("约 {:.0f}% 的行出现在通用模型的训练数据中：指标会偏乐观，请从用其他数据训练的模型开始", 100 * drift.seen_in_training)});
  return {};
}

}  // namespace furrow::learn
