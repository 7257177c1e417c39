// Which version of each model decides, as the log's promotions and roll-backs say.
// Threads: apply, checkpoint and digest from the owning thread; current from any. Memory: a few bytes a model, all of it.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "event/view.h"

namespace furrow::pipeline {

class ModelView : public View {
 public:
  static Result<std::unique_ptr<ModelView>> open(store::KvStore& kv);
  std::string_view name() const override { return "models"; }
  Status apply(const Record& record) override;
  std::unique_ptr<Gathering> freeze() override;
  Result<Digest> digest() override;
  // The last promotion or roll-back of that model; nothing when none was promoted.
  std::optional<ModelRecord> current(std::string_view model) const;

 private:
  ModelView(store::KvStore& kv, store::Space space) : kv_(kv), space_(space) {}
  store::KvStore& kv_;
  store::Space space_;
  mutable std::mutex mutex_;
  std::map<std::string, ModelRecord, std::less<>> current_;
};

}  // namespace furrow::pipeline
